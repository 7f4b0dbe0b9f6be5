import { turn } from '@flowmesh/platform/turns';
import type { JsonObject } from '../contexts/context-record.ts';
import type { ArrayMerge } from './layer-record.ts';

/** A layer with its data. */
export interface MergedLayer {
  readonly arrays: ArrayMerge;
  readonly data: JsonObject;
}

/**
 * An object that is being merged: its values are JSON of the layers, which is never changed, or objects that are being merged
 * themselves. So each layer costs as much as it has, however much lies below it.
 */
type Merging = Map<string, unknown>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value of layers, given from the lowest to the highest: JSON Merge Patch (RFC 7396), each applied to what the lower
 * ones give, but that lists of a layer that appends follow those below. One layer is merged in a turn of the event loop. The
 * layers stay as they are; the value may have parts of theirs.
 */
export async function mergeLayers(layers: readonly MergedLayer[]): Promise<JsonObject> {
  const merging: Merging = new Map();
  for (const [index, { data, arrays }] of layers.entries()) {
    if (index > 0) await turn();
    mergeInto(merging, data, arrays);
  }
  return objectOf(merging);
}

/** A JSON Merge Patch (RFC 7396): what is null in the data itself stays, as it removes keys of the layers below. */
export function mergePatch(data: JsonObject, patch: JsonObject): JsonObject {
  const merging: Merging = new Map(Object.entries(data));
  mergeInto(merging, patch, 'REPLACE');
  return objectOf(merging);
}

/** The values of the patch under their keys, whatever was there; null removes a key. */
export function replaceKeys(data: JsonObject, patch: JsonObject): JsonObject {
  const kept = Object.entries(data).filter(([key]) => !Object.hasOwn(patch, key));
  return Object.fromEntries([...kept, ...Object.entries(patch).filter(([, value]) => value !== null)]) as JsonObject;
}

function mergeInto(below: Merging, above: JsonObject, arrays: ArrayMerge): void {
  for (const [key, value] of Object.entries(above)) {
    if (value === null) below.delete(key);
    else below.set(key, mergeValue(below.get(key), value, arrays));
  }
}

function mergeValue(below: unknown, above: unknown, arrays: ArrayMerge): unknown {
  if (isObject(above)) {
    if (!(below instanceof Map) && !isObject(below)) return withoutNulls(above);
    const merging: Merging = below instanceof Map ? (below as Merging) : new Map(Object.entries(below));
    mergeInto(merging, above, arrays);
    return merging;
  }
  if (arrays === 'APPEND' && Array.isArray(above) && Array.isArray(below)) return [...(below as unknown[]), ...above];
  return above;
}

/** An object on top of nothing: its nulls have nothing to remove. The same one when it has none; lists are left alone. */
function withoutNulls(object: JsonObject): JsonObject {
  const entries = Object.entries(object);
  const kept = entries
    .filter(([, value]) => value !== null)
    .map(([key, value]): [string, unknown] => [key, isObject(value) ? withoutNulls(value) : value]);
  const isSame = kept.length === entries.length && kept.every(([, value], at) => value === entries[at]?.[1]);
  return isSame ? object : Object.fromEntries(kept);
}

const objectOf = (merging: Merging): JsonObject =>
  Object.fromEntries(
    Array.from(merging, ([key, value]) => [key, value instanceof Map ? objectOf(value as Merging) : value]),
  );
