import { turn } from '@flowmesh/platform/turns';
import type { JsonObject } from '../contexts/context-record.ts';
import type { ArrayMerge } from './layer-record.ts';

/** A layer with its data. */
export interface MergedLayer {
  readonly arrays: ArrayMerge;
  readonly data: JsonObject;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value of layers, given from the lowest to the highest: JSON Merge Patch (RFC 7396), each applied to what the lower
 * ones give, but that lists of a layer that appends follow those below. One layer is merged in a turn of the event loop. The
 * layers stay as they are; the value may have parts of theirs.
 */
export async function mergeLayers(layers: readonly MergedLayer[]): Promise<JsonObject> {
  let value: JsonObject = {};
  for (const [index, { data, arrays }] of layers.entries()) {
    if (index > 0) await turn();
    value = mergeObject(value, data, arrays);
  }
  return value;
}

/** A JSON Merge Patch (RFC 7396): what is null in the data itself stays, as it removes keys of the layers below. */
export const mergePatch = (data: JsonObject, patch: JsonObject): JsonObject => mergeObject(data, patch, 'REPLACE');

function mergeObject(below: JsonObject, above: JsonObject, arrays: ArrayMerge): JsonObject {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), value, arrays));
  }
  return Object.fromEntries(merged);
}

function mergeValue(below: unknown, above: unknown, arrays: ArrayMerge): unknown {
  if (isObject(above)) return mergeObject(isObject(below) ? below : {}, above, arrays);
  if (arrays === 'APPEND' && Array.isArray(above) && Array.isArray(below)) return [...(below as unknown[]), ...above];
  return above;
}
