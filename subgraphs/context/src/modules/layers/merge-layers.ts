import { inSlices, type Slice, type Sliced } from '@flowmesh/platform/turns';
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
 * ones give, but that lists of a layer that appends follow those below. Much is merged in slices. The layers stay as they are;
 * the value may have parts of theirs.
 */
export const mergeLayers = (layers: readonly MergedLayer[]): Promise<JsonObject> =>
  inSlices(function* (slice) {
    const merging: Merging = new Map();
    for (const { data, arrays } of layers) yield* mergeInto(merging, data, arrays, slice);
    return yield* objectOf(merging, slice);
  });

/** A JSON Merge Patch (RFC 7396): what is null in the data itself stays, as it removes keys of the layers below. */
export const mergePatch = (data: JsonObject, patch: JsonObject): Promise<JsonObject> =>
  inSlices(function* (slice) {
    const merging: Merging = new Map(Object.entries(data));
    yield* mergeInto(merging, patch, 'REPLACE', slice);
    return yield* objectOf(merging, slice);
  });

/** The values of the patch under their keys, whatever was there; null removes a key. */
export function replaceKeys(data: JsonObject, patch: JsonObject): JsonObject {
  const kept = Object.entries(data).filter(([key]) => !Object.hasOwn(patch, key));
  return Object.fromEntries([...kept, ...Object.entries(patch).filter(([, value]) => value !== null)]) as JsonObject;
}

function* mergeInto(below: Merging, above: JsonObject, arrays: ArrayMerge, slice: Slice): Sliced<void> {
  for (const key of Object.keys(above)) {
    if (slice.isOver()) yield;
    const value = above[key];
    if (value === null) below.delete(key);
    else if (isObject(value)) below.set(key, yield* mergeObject(below.get(key), value, arrays, slice));
    else below.set(key, mergeValue(below.get(key), value, arrays));
  }
}

function* mergeObject(below: unknown, above: JsonObject, arrays: ArrayMerge, slice: Slice): Sliced<unknown> {
  if (!(below instanceof Map) && !isObject(below)) return yield* withoutNulls(above, slice);
  const merging: Merging = below instanceof Map ? (below as Merging) : new Map(Object.entries(below));
  yield* mergeInto(merging, above, arrays, slice);
  return merging;
}

const mergeValue = (below: unknown, above: unknown, arrays: ArrayMerge): unknown =>
  arrays === 'APPEND' && Array.isArray(above) && Array.isArray(below) ? [...(below as unknown[]), ...above] : above;

/** An object on top of nothing: its nulls have nothing to remove. The same one when it has none; lists are left alone. */
function* withoutNulls(object: JsonObject, slice: Slice): Sliced<JsonObject> {
  const kept: Merging = new Map();
  let isSame = true;
  for (const key of Object.keys(object)) {
    if (slice.isOver()) yield;
    const value = object[key];
    const clean: unknown = isObject(value) ? yield* withoutNulls(value, slice) : value;
    isSame &&= clean !== null && clean === value;
    if (clean !== null) kept.set(key, clean);
  }
  return isSame ? object : yield* objectOf(kept, slice);
}

function* objectOf(merging: Merging, slice: Slice): Sliced<JsonObject> {
  const object: JsonObject = {};
  for (const [key, value] of merging) {
    if (slice.isOver()) yield;
    const whole: unknown = value instanceof Map ? yield* objectOf(value as Merging, slice) : value;
    // An assignment would set the prototype. No layer that was written has this key.
    if (key === '__proto__') Object.defineProperty(object, key, { ...OWN, value: whole });
    else object[key] = whole;
  }
  return object;
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;
