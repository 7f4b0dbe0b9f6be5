import { z } from 'zod';
import { isId } from '../ids/index.ts';

export interface TextLimits {
  /** Characters (code points) at least. Default 0. */
  readonly min?: number;
  /** Characters (code points) at most. */
  readonly max: number;
}

/** NUL, and halves of surrogate pairs whether or not the other half is there. */
const SUSPICIOUS = /[\0\ud800-\udfff]/;

/** Null when PostgreSQL and UTF-8 can hold the text; else what is wrong. */
export function textProblem(value: string): string | null {
  // Nearly all texts are found to be good by this one look.
  if (!SUSPICIOUS.test(value)) return null;
  if (value.includes('\0')) return 'must not contain the character NUL';
  // With the flag `u` only halves without their other half match.
  if (/\p{Surrogate}/u.test(value)) return 'must be valid Unicode (it contains half of a surrogate pair)';
  return null;
}

function lengthProblem(value: string, { min = 0, max }: TextLimits): string | null {
  // A code point is one or two units, so most texts need not be counted.
  const short = value.length < min * 2 || value.length > max;
  const length = short && value.length <= max * 2 ? [...value].length : value.length;
  if (length > max) return `must have at most ${max.toLocaleString('en')} characters`;
  if (length < min) return min === 1 ? 'must not be empty' : `must have at least ${min} characters`;
  return null;
}

export function checkedText(limits: TextLimits, furtherProblem: (value: string) => string | null) {
  return z.string().check((context) => {
    const { value } = context;
    const message = lengthProblem(value, limits) ?? textProblem(value) ?? furtherProblem(value);
    if (message) context.issues.push({ code: 'custom', input: undefined, message });
  });
}

/** Text of any number of lines, kept as it is. Refuses NUL and lone surrogates. */
export function text(limits: TextLimits) {
  return checkedText(limits, () => null);
}

/** One line, e.g. a subject: surrounding white space is taken away, control characters are refused. */
export function line(limits: TextLimits) {
  return z.string().trim().pipe(checkedText(limits, lineProblem));
}

export const lineProblem = (value: string) =>
  /[\p{Cc}\u2028\u2029]/u.test(value) ? 'must be one line without control characters' : null;

/** An id as a client gives it. Any text that can be one: whether there is such an object is found out later. */
export const id = () => text({ min: 1, max: 128 });

/** An id that must have the shape of those the product gives, for what would do harm, or nothing ever, with any other text. */
export const productId = () => z.string().refine(isId, 'must be an id as the product gives it (a UUID of version 7)');
