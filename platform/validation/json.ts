import { z } from 'zod';
import { textProblem } from './text.ts';

export interface JsonLimits {
  /** Size of the value written as JSON in UTF-8. */
  readonly maxBytes: number;
  /** Nested arrays and objects at most. Default 64. */
  readonly maxDepth?: number;
}

type Path = readonly (string | number)[];

interface JsonProblem {
  readonly path: Path;
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

function jsonProblem(value: unknown, { maxBytes, maxDepth = 64 }: JsonLimits): JsonProblem | null {
  const problem = structureProblem(value, [], maxDepth);
  if (problem) return problem;
  if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) {
    return { path: [], message: `must be at most ${maxBytes.toLocaleString('en')} bytes of JSON` };
  }
  return null;
}

/** The first thing that is not JSON, or that cannot be stored. The depth bounds the recursion. */
function structureProblem(value: unknown, path: Path, depthLeft: number): JsonProblem | null {
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'string') return asProblem(path, textProblem(value));
  if (typeof value === 'number') return asProblem(path, Number.isFinite(value) ? null : 'must be a finite number');
  if (typeof value !== 'object') return { path, message: 'must be a JSON value' };
  if (depthLeft === 0) return { path, message: 'is nested too deeply' };
  if (Array.isArray(value)) return firstProblem(value.entries(), path, depthLeft);
  const keyProblem = Object.keys(value).map(jsonKeyProblem).find(Boolean);
  return asProblem(path, keyProblem ?? null) ?? firstProblem(Object.entries(value), path, depthLeft);
}

function firstProblem(
  entries: Iterable<[string | number, unknown]>,
  path: Path,
  depthLeft: number,
): JsonProblem | null {
  for (const [key, value] of entries) {
    const problem = structureProblem(value, [...path, key], depthLeft - 1);
    if (problem) return problem;
  }
  return null;
}

function jsonKeyProblem(key: string): string | null {
  // Code that copies such a key the careless way would change the prototype of its object.
  if (key === '__proto__') return 'must not have the key __proto__';
  const problem = textProblem(key);
  return problem && `has a key that ${problem}`;
}

const asProblem = (path: Path, message: string | null): JsonProblem | null => (message ? { path, message } : null);
