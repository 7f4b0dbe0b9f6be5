import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { checkSchema } from '@flowmesh/platform/json-schema';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import {
  conflict,
  invalidInput,
  jsonObject,
  name,
  notFound,
  parseInput,
  text,
  tidyName,
} from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { LayerTypeRecord, LayerTypeStore } from './layer-type-store.ts';

const MOST_TYPES = 200;

const shape = z.object({
  name: name({ min: 1, max: 100 }),
  description: text({ max: 10_000 }).nullish(),
  schema: jsonObject({ maxBytes: 256 * 1024 }),
});

export type DefineLayerTypeInput = z.input<typeof shape>;

/** Types of layers of the viewer: what writes to layers of their names must satisfy. */
export class LayerTypeService {
  constructor(private readonly store: LayerTypeStore) {}

  list(viewer: Viewer): Promise<LayerTypeRecord[]> {
    return this.store.of(signedIn(viewer).userId, MOST_TYPES);
  }

  async define(viewer: Viewer, input: DefineLayerTypeInput) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(shape, input);
    if (!parsed.ok) return parsed.error;
    const { name: typeName, description = null, schema } = parsed.data;
    const problems = await checkSchema(schema, waitingViewer(viewer));
    if (problems.length > 0) {
      return invalidInput(
        problems.map(({ path, message }) => ({ path: ['schema', path].filter(Boolean).join('.'), message })),
      );
    }
    const known = await this.store.find(userId, typeName);
    if (!known && (await this.store.count(userId)) >= MOST_TYPES) {
      return conflict(`You have ${MOST_TYPES} types of layers already.`);
    }
    const layerType = await this.store.put(newId(), userId, typeName, description, schema);
    return { __typename: 'DefineContextLayerTypeSuccess' as const, layerType };
  }

  async remove(viewer: Viewer, typeName: string) {
    const tidy = tidyName(typeName);
    if (!(await this.store.remove(signedIn(viewer).userId, tidy)))
      return notFound('You have no type of layer of this name.');
    return { __typename: 'RemoveContextLayerTypeSuccess' as const, name: tidy };
  }
}
