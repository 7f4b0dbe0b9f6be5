import { charactersSize, MAX_WORK_HERE, sizeOf } from '../sandbox/index.ts';
import type { Reference } from './expression-error.ts';

/** A program whose parts each take time in proportion to what they handle, and give no more than that. */
export interface LinearProgram {
  /** Of its syntax tree. */
  readonly nodes: number;
  readonly characters: number;
  readonly references: readonly Reference[];
}

/**
 * How much work it is to evaluate the program; Infinity when that is more than may be done in this thread. No value within
 * can be more than all that is read, each time it is read, so it is at most that times the nodes.
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
