import { MAX_WORK_HERE } from '../sandbox/index.ts';
import { longestText, sizeOf, weigh } from './schema-size.mjs';

/** Up to so many keywords schemas are compiled in this thread: up to 15 ms, as the test measures. */
const LIGHT_SCHEMA = 100;
/** Keywords times values up to which values are checked in this thread: up to 15 ms, as the test measures. */
const LIGHT_WORK = 10_000;
/** Compiling a keyword takes as long as checking so many values by it. */
const TURN_A_KEYWORD = 100;
/** Expressions of formats may take time by the square of a text's length. */
const LIGHT_FORMATTED_TEXT = 1_000;

export interface Checked {
  readonly schema: object;
  readonly value: unknown;
}

interface LightWork {
  /** What followed references may lead to, in values. */
  readonly maxSize: number;
  /** As `takeTurn` counts it. */
  readonly turn: number;
}

/** Null when the work would be too much for this thread. */
export function lightWork(pairs: readonly Checked[]): LightWork | null {
  let weights = 0;
  let work = 0;
  for (const { schema, value } of pairs) {
    const { weight, heavy, formats } = weigh(schema, LIGHT_SCHEMA);
    work += weight * sizeOf(value, LIGHT_WORK / weight);
    weights += weight;
    if (heavy || weights > LIGHT_SCHEMA || work > LIGHT_WORK) return null;
    if (formats && longestText(value) > LIGHT_FORMATTED_TEXT) return null;
  }
  return { maxSize: LIGHT_WORK / weights, turn: Math.min(MAX_WORK_HERE, work + weights * TURN_A_KEYWORD) };
}
