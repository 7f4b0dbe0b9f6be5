import type { SchemaProblem } from './json-schema.ts';

/**
 * What is wrong with each value by its schema (a text). `maxSize`: how many values all references followed for one
 * together may lead to; null is given when that is not enough. Throws when a schema cannot be used.
 */
export function problemsOfValues(
  pairs: readonly { readonly text: string; readonly value: unknown }[],
  maxSize: number,
): SchemaProblem[][] | null;
