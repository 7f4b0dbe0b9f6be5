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
import { expectedVersion, expectedVersionOrNone } from '../contexts/write-shapes.ts';
import type { LayerTypeRecord, LayerTypeStore } from './layer-type-store.ts';

const MOST_TYPES = 200;

const shape = z.object({
  name: name({ min: 1, max: 100 }),
  description: text({ max: 10_000 }).nullish(),
  schema: jsonObject({ maxBytes: 256 * 1024 }),
  expectedVersion: expectedVersionOrNone,
});
const removeShape = z.object({ expectedVersion });

export type DefineLayerTypeInput = z.input<typeof shape>;
export type RemoveLayerTypeInput = z.input<typeof removeShape> & { readonly name: string };

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
    const { name: typeName, description = null, schema, expectedVersion: expected = null } = parsed.data;
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
    const values = { name: typeName, description, schema };
    const layerType = await this.store.put({ id: newId(), ownerId: userId, ...values }, expected);
    if (!layerType) return versionConflict(await this.store.find(userId, typeName), expected);
    return { __typename: 'DefineContextLayerTypeSuccess' as const, layerType };
  }

  async remove(viewer: Viewer, input: RemoveLayerTypeInput) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(removeShape, input);
    if (!parsed.ok) return parsed.error;
    const { expectedVersion: expected = null } = parsed.data;
    const tidy = tidyName(input.name);
    if (await this.store.remove(userId, tidy, expected)) {
      return { __typename: 'RemoveContextLayerTypeSuccess' as const, name: tidy };
    }
    const current = expected === null ? null : await this.store.find(userId, tidy);
    return current ? versionConflict(current, expected) : notFound('You have no type of layer of this name.');
  }
}

const versionConflict = (layerType: LayerTypeRecord | null, expected: number | null) => ({
  __typename: 'ContextLayerTypeConflictError' as const,
  code: 'VERSION_CONFLICT',
  message: `The type of layer is at version ${layerType?.version ?? 0}, not ${expected}.`,
  currentVersion: layerType?.version ?? 0,
  layerType,
});
