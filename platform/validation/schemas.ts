import { z } from 'zod';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Text PostgreSQL and every client can hold: no NUL, no half of a surrogate pair. Lengths in UTF-16 units. */
export function text(limits: { min?: number; max: number }) {
  const { min = 0, max } = limits;
  return z
    .string()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine((value) => !value.includes('\u0000'), 'must not contain the NUL character')
    .refine((value) => !LONE_SURROGATE.test(value), 'must be valid Unicode (it contains half of a surrogate pair)');
}

function isPlainText(value: string): boolean {
  return !value.includes('\u0000') && !LONE_SURROGATE.test(value);
}

const MAX_DEPTH = 64;

/** First problem of a JSON value: NUL or broken Unicode in a string or key, or nesting beyond 64 levels. */
function jsonProblem(value: unknown, depth = 0): string | null {
  if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  if (typeof value === 'string') return isPlainText(value) ? null : 'must not contain NUL or broken Unicode';
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, child] of Object.entries(value)) {
    if (!isPlainText(key)) return 'must not contain NUL or broken Unicode in a key';
    const problem = jsonProblem(child, depth + 1);
    if (problem) return problem;
  }
  return null;
}

const MEGABYTE = 1024 * 1024;

function checkJson(value: unknown, context: z.RefinementCtx, maxBytes: number): void {
  const problem = jsonProblem(value);
  if (problem) {
    context.addIssue({ code: 'custom', message: problem });
  } else if (Buffer.byteLength(JSON.stringify(value ?? null)) > maxBytes) {
    context.addIssue({ code: 'custom', message: `must have at most ${maxBytes} bytes as JSON` });
  }
}

/** Any JSON value, at most `maxBytes` (1 MB) when written out. */
export function jsonValue(options: { maxBytes?: number } = {}) {
  return z.unknown().superRefine((value, context) => checkJson(value, context, options.maxBytes ?? MEGABYTE));
}

/** A JSON object, at most `maxKeys` keys and `maxBytes` (1 MB). */
export function jsonObject(options: { maxBytes?: number; maxKeys?: number } = {}) {
  const { maxKeys = Number.POSITIVE_INFINITY, maxBytes = MEGABYTE } = options;
  return z.record(z.string(), z.unknown(), 'must be a JSON object').superRefine((value, context) => {
    if (Object.keys(value).length > maxKeys) {
      context.addIssue({ code: 'custom', message: `must have at most ${maxKeys} keys` });
    }
    checkJson(value, context, maxBytes);
  });
}

/** At most 100 keys and 1 MB. */
export const metadata = () => jsonObject({ maxKeys: 100 });

/** At most 20 tags of 1 to 50 characters, none twice. */
export const tags = () => uniqueTexts({ max: 20, each: 50 });

/** A list of different texts of 1 to `each` characters. */
export function uniqueTexts(limits: { max: number; each: number }) {
  return z
    .array(text({ min: 1, max: limits.each }))
    .max(limits.max, `must have at most ${limits.max} entries`)
    .refine((values) => new Set(values).size === values.length, 'must not contain an entry twice');
}
