import { isDeepStrictEqual } from 'node:util';
import { createPatch, type Operation } from 'rfc6902';
import { sizeOf } from '../json/index.ts';
import type { Slice, Sliced } from '../turns/index.ts';
import type { PatchOperation } from './patch-operation.ts';

/** The library compares each item with each other one, and copies what it has found: 30 by 30 take some milliseconds. */
const MOST_ITEMS = 30;
const MOST_VALUES = 1_000;
/** Of lists within, their lengths multiplied. */
const MOST_WITHIN = 2_000;

/** How many items at the start and at the end of two lists are the same. */
export interface SameParts {
  readonly start: number;
  readonly end: number;
}

export function* sameParts(before: readonly unknown[], after: readonly unknown[], slice: Slice): Sliced<SameParts> {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && isDeepStrictEqual(before[start], after[start])) {
    start += 1;
    if (slice.isOver()) yield;
  }
  let end = 0;
  while (end < most - start && isDeepStrictEqual(before.at(-1 - end), after.at(-1 - end))) {
    end += 1;
    if (slice.isOver()) yield;
  }
  return { start, end };
}

/** What turns one list at `path` into the other, as the library says it of what is not the same; null where that is too much. */
export function listDifferences(
  before: readonly unknown[],
  after: readonly unknown[],
  { start, end }: SameParts,
  path: string,
): PatchOperation[] | null {
  const one = before.slice(start, before.length - end);
  const other = after.slice(start, after.length - end);
  if (one.length === 0) {
    return other.map((value, at) => ({ op: 'ADD', path: `${path}/${end === 0 ? '-' : start + at}`, value }));
  }
  if (other.length === 0) return one.map(() => ({ op: 'REMOVE', path: `${path}/${start}` }));
  if (Math.max(one.length, other.length) > MOST_ITEMS || sizeOf([one, other], MOST_VALUES) > MOST_VALUES) return null;
  let within = 0;
  const operations = createPatch(one, other, (input: unknown, output: unknown, pointer) => {
    if (!Array.isArray(input) || !Array.isArray(output) || input === one) return undefined;
    within += input.length * output.length;
    if (within <= MOST_WITHIN) return undefined;
    return isDeepStrictEqual(input, output)
      ? []
      : [{ op: 'replace', path: pointer.toString(), value: output as unknown }];
  });
  let length = one.length;
  return operations.map((operation) => {
    const [, index = '', ...below] = operation.path.split('/');
    const at = index === '-' ? (end === 0 ? '-' : start + length) : start + Number(index);
    if (below.length === 0) length += operation.op === 'add' ? 1 : operation.op === 'remove' ? -1 : 0;
    return toShown(operation, [path, at, ...below].join('/'));
  });
}

function toShown(operation: Operation, path: string): PatchOperation {
  const { op } = operation;
  if (op === 'remove') return { op: 'REMOVE', path };
  if (op === 'add' || op === 'replace')
    return { op: op === 'add' ? 'ADD' : 'REPLACE', path, value: operation.value as unknown };
  throw new Error(`a difference has the operation ${op}`);
}
