import { runInSandbox, SandboxError } from '../sandbox/index.ts';
import { schemaProblems, valueProblems } from './json-schema-language.mjs';
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

export const MAX_SCHEMA_BYTES = 256 * 1024;

/** Up to so many keywords a schema is compiled in this thread: 20 ms at most, as the test measures. */
const LIGHT_SCHEMA = 150;
/** Keywords times values up to which a value is checked in this thread: 20 ms at most, as the test measures. */
const LIGHT_WORK = 10_000;
/** Expressions of formats may take time by the square of a text's length. */
const LIGHT_FORMATTED_TEXT = 1_000;

const CHECK_TIMEOUT_MS = 3_000;
/** It may have to be compiled again first. */
const VALIDATE_TIMEOUT_MS = 8_000;

/** Null when the work would be too much for this thread; else what a followed reference may lead to, in values. */
function lightWork(schema: object, value: unknown): number | null {
  const { weight, heavy, formats } = weigh(schema, LIGHT_SCHEMA);
  if (heavy || weight > LIGHT_SCHEMA) return null;
  const size = sizeOf(value, LIGHT_WORK / weight);
  if (size === Infinity || (formats && longestText(value) > LIGHT_FORMATTED_TEXT)) return null;
  return LIGHT_WORK / weight;
}

/**
 * Everything that is wrong with a JSON Schema (draft 2020-12), empty when it can be used. Paths are within the
 * schema. Refused besides wrong schemas: more than 256 KB, references to other documents, patterns with look-around or
 * back-references, whose time cannot be bounded, and what takes more than 3 seconds to compile. Small schemas are
 * checked here, others in the sandbox. Throws what the sandbox throws when it has no place.
 */
export async function checkSchema(schema: object, { owner }: SchemaOptions = {}): Promise<SchemaProblem[]> {
  const text = JSON.stringify(schema);
  if (Buffer.byteLength(text) > MAX_SCHEMA_BYTES) {
    return [{ path: '', message: `must not be larger than ${MAX_SCHEMA_BYTES / 1024} KB` }];
  }
  if (lightWork(schema, null) !== null) return schemaProblems(text);
  return inSandbox(
    { schema: text },
    null,
    { timeoutMs: CHECK_TIMEOUT_MS, owner },
    (reason) => `is not a usable JSON Schema: it ${reason} to check`,
  );
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
  { owner }: SchemaOptions = {},
): Promise<SchemaProblem[]> {
  const text = JSON.stringify(schema);
  const maxSize = lightWork(schema, value);
  const problems = maxSize === null ? null : valueProblems(text, value, maxSize);
  if (problems) return problems;
  return inSandbox(
    { schema: text, value: true },
    value,
    { timeoutMs: VALIDATE_TIMEOUT_MS, owner },
    (reason) => `${reason} to check against its schema`,
  );
}

async function inSandbox(
  program: { readonly schema: string; readonly value?: boolean },
  input: unknown,
  options: { readonly timeoutMs: number; readonly owner: string | undefined },
  tooMuch: (reason: string) => string,
): Promise<SchemaProblem[]> {
  try {
    return (await runInSandbox({ language: 'json-schema', program, input }, options)) as SchemaProblem[];
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (error.reason === 'FAILED') throw new Error(`A schema cannot be used: ${error.message}`, { cause: error });
    return [{ path: '', message: tooMuch(error.reason === 'TIMEOUT' ? 'takes too long' : 'takes too much memory') }];
  }
}
