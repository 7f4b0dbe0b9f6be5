import { scopeToSee, STEP_EVENTS } from './event-types.ts';

const known: ReadonlySet<string> = new Set(STEP_EVENTS);

/** Whether a step can wait for it as an event of the product; everything else is a signal. */
export const isDomainEvent = (name: string): boolean => known.has(name);

/**
 * Null for signals, which are sent to the execution itself. An execution is told of events that belong to the user who started it,
 * as subscriptions are.
 */
export const scopeOf = (name: string): string | null => (isDomainEvent(name) ? scopeToSee(name, true) : null);

/** What of the starter's rights counts for events. */
export const EVENT_SCOPES: readonly string[] = [...new Set(STEP_EVENTS.map((name) => scopeToSee(name, true)))];
