import { runInSandbox, SandboxError } from '../sandbox/index.ts';
import { problemsOfValues } from './json-schema-language.mjs';
import { longestText, sizeOf, weigh } from './schema-size.mjs';

/** One thing that is wrong. `path` is like `steps[2].name`; empty for the value itself. */
export interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

export interface SchemaOptions {
  /** For whom it is done, e.g. the id of a user: time in the sandbox is shared fairly between owners. */
  readonly owner?: string | undefined;
}

const MAX_SCHEMA_BYTES = 256 * 1024;

/** Up to so many keywords schemas are compiled in this thread: 20 ms at most, as the test measures. */
const LIGHT_SCHEMA = 150;
/** Keywords times values up to which values are checked in this thread: 20 ms at most, as the test measures. */
const LIGHT_WORK = 10_000;
/** Expressions of formats may take time by the square of a text's length. */
const LIGHT_FORMATTED_TEXT = 1_000;

const CHECK_TIMEOUT_MS = 5_000;
/** It may have to be compiled again first. */
const VALIDATE_TIMEOUT_MS = 10_000;

export interface Checked {
  readonly schema: object;
  readonly value: unknown;
}

/** Null when the work would be too much for this thread; else what followed references may lead to, in values. */
function lightWork(pairs: readonly Checked[]): number | null {
  let weights = 0;
  let work = 0;
  for (const { schema, value } of pairs) {
    const { weight, heavy, formats } = weigh(schema, LIGHT_SCHEMA);
    work += weight * sizeOf(value, LIGHT_WORK / weight);
    weights += weight;
    if (heavy || weights > LIGHT_SCHEMA || work > LIGHT_WORK) return null;
    if (formats && longestText(value) > LIGHT_FORMATTED_TEXT) return null;
  }
  return LIGHT_WORK / weights;
}

/**
 * Everything that is wrong with a JSON Schema (draft 2020-12), empty when it can be used. Paths are within the
 * schema. Refused besides wrong schemas: more than 256 KB, references to other documents, patterns with look-around or
 * back-references, whose time cannot be bounded, and what takes more than 5 seconds or too much memory to compile. Done
 * in the sandbox; throws what the sandbox throws when it has no place.
 */
export async function checkSchema(schema: object, options?: SchemaOptions): Promise<SchemaProblem[]> {
  return (await checkSchemas([schema], options))[0] ?? [];
}

/** The same for several, which share the time; at most three problems of each are told. */
export async function checkSchemas(
  schemas: readonly object[],
  { owner }: SchemaOptions = {},
): Promise<SchemaProblem[][]> {
  const texts = schemas.map((schema) => JSON.stringify(schema));
  if (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > MAX_SCHEMA_BYTES) {
    const problem = { path: '', message: `must not be larger than ${MAX_SCHEMA_BYTES / 1024} KB` };
    return texts.map(() => [texts.length > 1 ? { ...problem, message: `${problem.message} together` } : problem]);
  }
  if (texts.length === 0) return [];
  const found = await inSandbox({ check: texts }, null, CHECK_TIMEOUT_MS, owner);
  if (typeof found !== 'string') return found;
  return texts.map(() => [{ path: '', message: `is not a usable JSON Schema: it ${found} to check` }]);
}

/**
 * What is wrong with a value, at most 50 problems, empty when it satisfies the schema; of a large value the first
 * problem only. Time and memory are bounded: a value that takes too much of either has that problem. Little work is
 * done here, all else in the sandbox. Throws when the schema itself cannot be used (give `checkSchema` a look at it
 * first), and what the sandbox throws when it has no place.
 */
export async function validateAgainst(
  schema: object,
  value: unknown,
  options?: SchemaOptions,
): Promise<SchemaProblem[]> {
  return (await validateEach([{ schema, value }], options))[0] ?? [];
}

/** The same for several values, which share the time; at most three problems of each are told. */
export async function validateEach(
  checked: readonly Checked[],
  { owner }: SchemaOptions = {},
): Promise<SchemaProblem[][]> {
  const maxSize = lightWork(checked);
  const pairs = checked.map(({ schema, value }) => ({ text: JSON.stringify(schema), value }));
  const problems = maxSize === null ? null : problemsOfValues(pairs, maxSize);
  if (problems) return problems;
  const found = await inSandbox({}, pairs, VALIDATE_TIMEOUT_MS, owner);
  if (typeof found !== 'string') return found;
  return pairs.map(() => [{ path: '', message: `${found} to check against its schema` }]);
}

/** The problems, or what the work took too much of. */
async function inSandbox(
  program: { readonly check?: readonly string[] },
  input: unknown,
  timeoutMs: number,
  owner: string | undefined,
): Promise<SchemaProblem[][] | 'takes too long' | 'takes too much memory'> {
  try {
    const task = { language: 'json-schema', program, input } as const;
    return (await runInSandbox(task, { timeoutMs, owner })) as SchemaProblem[][];
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (error.reason === 'FAILED') throw new Error(`A schema cannot be used: ${error.message}`, { cause: error });
    return error.reason === 'TIMEOUT' ? 'takes too long' : 'takes too much memory';
  }
}
