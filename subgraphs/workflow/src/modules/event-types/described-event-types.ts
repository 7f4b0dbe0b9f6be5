import { EVENT_TYPES } from './event-types.ts';
import schemas from './payload-schemas.json' with { type: 'json' };

const schemaOf = new Map<string, object>(Object.entries(schemas));

/** What the graph and the reference tell of events. */
export const describedEventTypes = Object.entries(EVENT_TYPES)
  .map(([name, { description, triggers, steps }]) => {
    const payloadSchema = schemaOf.get(name);
    if (!payloadSchema)
      throw new Error(`the payload of ${name} is not known: add it to scripts/event-reference.mjs, npm run docs`);
    return { name, description, forTriggers: triggers !== false, forSteps: steps !== false, payloadSchema };
  })
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));
