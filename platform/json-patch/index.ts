import { Pointer } from 'rfc6902';
import { inSlices, type Slice, type Sliced } from '../turns/index.ts';
import { listDifferences, sameParts } from './lists.ts';
import type { PatchOperation } from './patch-operation.ts';

export type { PatchOperation };

type JsonObject = Readonly<Record<string, unknown>>;

interface Search {
  readonly found: PatchOperation[];
  readonly most: number;
  readonly slice: Slice;
}

/**
 * A JSON Patch (RFC 6902) of additions, removals and replacements that makes `after` out of `before`. Much is compared in
 * slices. Lists are compared by their contents where that is little, else by place if they have one length; others are replaced
 * as a whole. Ends early when more than `most` are found.
 */
export const diff = (before: JsonObject, after: JsonObject, most = Infinity): Promise<PatchOperation[]> =>
  inSlices(function* (slice) {
    const found: PatchOperation[] = [];
    yield* objectDifferences(before, after, '', { found, most, slice });
    return found;
  });

/** What is gone, what is new, then what is in both. */
function* objectDifferences(before: JsonObject, after: JsonObject, path: string, search: Search): Sliced<void> {
  const { found, slice } = search;
  for (const key of Object.keys(before)) {
    if (slice.isOver()) yield;
    if (!Object.hasOwn(after, key)) found.push({ op: 'REMOVE', path: below(path, key) });
  }
  for (const key of Object.keys(after)) {
    if (slice.isOver()) yield;
    if (!Object.hasOwn(before, key)) found.push({ op: 'ADD', path: below(path, key), value: after[key] });
  }
  for (const key of Object.keys(before)) {
    if (found.length > search.most) return;
    if (slice.isOver()) yield;
    const [one, other] = [before[key], after[key]];
    if (one !== other && Object.hasOwn(after, key)) yield* valueDifferences(one, other, below(path, key), search);
  }
}

function* valueDifferences(before: unknown, after: unknown, path: string, search: Search): Sliced<void> {
  const { found, most, slice } = search;
  if (isObject(before) && isObject(after)) return yield* objectDifferences(before, after, path, search);
  if (!Array.isArray(before) || !Array.isArray(after)) {
    if (before !== after) found.push({ op: 'REPLACE', path: path, value: after });
    return;
  }
  const same = yield* sameParts(before, after, slice);
  const operations = listDifferences(before, after, same, path);
  if (operations) for (const operation of operations) found.push(operation);
  else if (before.length !== after.length) found.push({ op: 'REPLACE', path: path, value: after });
  else {
    for (let at = same.start; at < before.length - same.end && found.length <= most; at += 1) {
      if (slice.isOver()) yield;
      yield* valueDifferences(before[at], after[at], `${path}/${at}`, search);
    }
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const below = (path: string, key: string): string => path + new Pointer(['', key]).toString();
