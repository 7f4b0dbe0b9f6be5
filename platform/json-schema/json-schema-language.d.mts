import type { SchemaProblem } from './json-schema.ts';

/** Keywords times values up to which every problem is told; beyond it the first one only. */
export const EVERY_PROBLEM: number;
/** What is wrong with a schema, given as JSON text. */
export function schemaProblems(text: string): SchemaProblem[];
/**
 * What is wrong with a value. `maxSize`: how many values all followed references together may lead to; null is given
 * when that is not enough. Throws when the schema itself cannot be used.
 */
export function valueProblems(text: string, value: unknown): SchemaProblem[];
export function valueProblems(text: string, value: unknown, maxSize: number): SchemaProblem[] | null;
