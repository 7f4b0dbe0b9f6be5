import { charactersSize, MAX_WORK_HERE, sizeOf } from '../sandbox/index.ts';
import type { Reference } from './expression-error.ts';

/** A program in which each part takes time proportional to its data, and returns at most as much data. */
export interface LinearProgram {
  /** Of its syntax tree. */
  readonly nodes: number;
  readonly characters: number;
  readonly references: readonly Reference[];
}

/**
 * Upper bound of the work to evaluate the program; Infinity when it may be too much for this thread. No value inside it can
 * be larger than everything that is read, so the bound is that size times the number of nodes.
 */
export function workOf({ nodes, characters, references }: LinearProgram, variables: unknown): number {
  const limit = MAX_WORK_HERE / nodes;
  let size = charactersSize(characters);
  for (const { path } of references) {
    size += sizeOf(valueAt(variables, path), limit);
    if (size > limit) return Infinity;
  }
  return size > limit ? Infinity : size * nodes;
}

/** What stands at the path; where that goes through something else than objects, all of that. */
function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}
