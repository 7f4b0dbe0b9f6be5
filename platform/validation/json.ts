import { z } from 'zod';
import { textProblem } from './text.ts';

export interface JsonLimits {
  /** Size of the value written as JSON in UTF-8. */
  readonly maxBytes: number;
  /** Nested arrays and objects at most. Default 64. */
  readonly maxDepth?: number;
  /** Values in it, those in arrays and objects included, at most. Default: as many as its size allows. */
  readonly maxValues?: number;
}

const MOST_DEPTH = 1_000;

interface JsonProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Any JSON value that PostgreSQL can hold: no NUL, no lone surrogates, finite numbers, limited depth and size. */
export function jsonValue(limits: JsonLimits) {
  return z.unknown().check(storableJson(limits));
}

/** The same for an object. */
export function jsonObject(limits: JsonLimits & { readonly maxKeys?: number }) {
  const { maxKeys = Infinity } = limits;
  return z
    .custom<Record<string, unknown>>(isObject, { error: 'must be a JSON object', abort: true })
    .refine((value) => Object.keys(value).length <= maxKeys, {
      error: `must have at most ${maxKeys} keys`,
      abort: true,
    })
    .check(storableJson(limits));
}

const storableJson = (limits: JsonLimits) => (context: z.core.ParsePayload<unknown>) => {
  const problem = jsonProblem(context.value, limits);
  if (problem) {
    context.issues.push({ code: 'custom', input: undefined, path: [...problem.path], message: problem.message });
  }
};

/** `metadata` of any object: at most 100 keys and 1 MB. */
export const metadata = () => jsonObject({ maxBytes: 1_000_000, maxKeys: 100 });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonProblem(
  value: unknown,
  { maxBytes, maxDepth = 64, maxValues = Infinity }: JsonLimits,
): JsonProblem | null {
  if (maxValues !== Infinity && countValues(value, maxValues) > maxValues) {
    return { path: [], message: `must have at most ${maxValues.toLocaleString('en')} values` };
  }
  const problem = structureProblem(value, maxDepth);
  if (problem) return { path: problem.path.reverse(), message: problem.message };
  if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) {
    return { path: [], message: `must be at most ${maxBytes.toLocaleString('en')} bytes of JSON` };
  }
  return null;
}

/** Looks no further than one beyond `most`, nor deeper than anything may be. */
function countValues(value: unknown, most: number, depthLeft = MOST_DEPTH): number {
  if (typeof value !== 'object' || value === null || depthLeft === 0) return 1;
  let count = 1;
  for (const inner of Object.values(value)) {
    count += countValues(inner, most - count, depthLeft - 1);
    if (count > most) break;
  }
  return count;
}

interface FoundProblem {
  /** From the inside out: only where there is a problem, a path is put together. */
  readonly path: (string | number)[];
  readonly message: string;
}

/** The first thing that is not JSON, or that cannot be stored. The depth bounds the recursion. */
function structureProblem(value: unknown, depthLeft: number): FoundProblem | null {
  if (typeof value !== 'object' || value === null) return found(scalarProblem(value));
  if (depthLeft === 0) return found('is nested too deeply');
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const problem = structureProblem(value[at], depthLeft - 1);
      if (problem) return within(problem, at);
    }
    return null;
  }
  const entries = Object.entries(value);
  for (const [key] of entries) {
    const message = jsonKeyProblem(key);
    if (message) return found(message);
  }
  for (const [key, inner] of entries) {
    const problem = structureProblem(inner, depthLeft - 1);
    if (problem) return within(problem, key);
  }
  return null;
}

const found = (message: string | null): FoundProblem | null => (message ? { path: [], message } : null);

function within(problem: FoundProblem, key: string | number): FoundProblem {
  problem.path.push(key);
  return problem;
}

function scalarProblem(value: unknown): string | null {
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'string') return textProblem(value);
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'must be a finite number';
  return 'must be a JSON value';
}

function jsonKeyProblem(key: string): string | null {
  // Code that copies such a key the careless way would change the prototype of its object.
  if (key === '__proto__') return 'must not have the key __proto__';
  const problem = textProblem(key);
  return problem && `has a key that ${problem}`;
}
