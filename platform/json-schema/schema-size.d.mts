/**
 * Values within a value, itself included, and their texts and keys by length. Infinity beyond the limit; how much more
 * it is does not matter to the time this takes.
 */
export function sizeOf(value: unknown, limit: number): number;
/** Of all texts in a value the longest, in characters. */
export function longestText(value: unknown): number;
/**
 * What a schema costs for each value it looks at, in keywords. `heavy`: it has keywords of which that cannot be said.
 * Infinity beyond the limit.
 */
export function weigh(schema: unknown, limit: number): { weight: number; heavy: boolean; formats: boolean };
