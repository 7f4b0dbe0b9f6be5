import { runInSandbox, SandboxError, takeTurn, type Requester } from '../sandbox/index.ts';
import { problemsOfValues } from './json-schema-language.mjs';
import { lightWork, type Checked } from './light-work.ts';

export type { Checked } from './light-work.ts';

/** One thing that is wrong. `path` is like `steps[2].name`; empty for the value itself. */
export interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

const MAX_SCHEMA_BYTES = 256 * 1024;

const CHECK_TIMEOUT_MS = 5_000;
/** It may have to be compiled again first. */
const VALIDATE_TIMEOUT_MS = 10_000;

/**
 * Everything that is wrong with a JSON Schema (draft 2020-12), empty when it can be used. Paths are within the
 * schema. Refused besides wrong schemas: more than 256 KB, references to other documents, patterns with look-around or
 * back-references, whose time cannot be bounded, and what takes more than 5 seconds or too much memory to compile. Done
 * in the sandbox; throws when the sandbox has no capacity.
 */
export async function checkSchema(schema: object, whom?: Requester): Promise<SchemaProblem[]> {
  return (await checkSchemas([schema], whom))[0] ?? [];
}

/** The same for several, which share the time; at most three problems of each are told. */
export async function checkSchemas(schemas: readonly object[], whom: Requester = {}): Promise<SchemaProblem[][]> {
  const texts = schemas.map((schema) => JSON.stringify(schema));
  if (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > MAX_SCHEMA_BYTES) {
    const problem = { path: '', message: `must not be larger than ${MAX_SCHEMA_BYTES / 1024} KB` };
    return texts.map(() => [texts.length > 1 ? { ...problem, message: `${problem.message} together` } : problem]);
  }
  if (texts.length === 0) return [];
  const found = await inSandbox({ check: texts }, null, CHECK_TIMEOUT_MS, whom);
  if (typeof found !== 'string') return found;
  return texts.map(() => [{ path: '', message: `is not a usable JSON Schema: it ${found} to check` }]);
}

/**
 * Problems of a value, at most 50, or only the first one for a large value; empty when the value satisfies the schema. Time
 * and memory are limited; exceeding a limit is reported as a problem. Small checks run in this thread, all others in the
 * sandbox. Throws when the schema itself is unusable (call `checkSchema` first), and when the sandbox has no capacity.
 */
export async function validateAgainst(schema: object, value: unknown, whom?: Requester): Promise<SchemaProblem[]> {
  return (await validateEach([{ schema, value }], whom))[0] ?? [];
}

/** The same for several values, which share the time; at most three problems of each are told. */
export async function validateEach(checked: readonly Checked[], whom: Requester = {}): Promise<SchemaProblem[][]> {
  if (checked.length === 0) return [];
  const light = lightWork(checked);
  const pairs = checked.map(({ schema, value }) => ({ text: JSON.stringify(schema), value }));
  if (light) await takeTurn(light.turn);
  const problems = light && problemsOfValues(pairs, light.maxSize);
  if (problems) return problems;
  const found = await inSandbox({}, pairs, VALIDATE_TIMEOUT_MS, whom);
  if (typeof found !== 'string') return found;
  return pairs.map(() => [{ path: '', message: `${found} to check against its schema` }]);
}

/** The problems, or what the work took too much of. */
async function inSandbox(
  program: { readonly check?: readonly string[] },
  input: unknown,
  timeoutMs: number,
  whom: Requester,
): Promise<SchemaProblem[][] | 'takes too long' | 'takes too much memory'> {
  try {
    const task = { language: 'json-schema', program, input } as const;
    return (await runInSandbox(task, { ...whom, timeoutMs })) as SchemaProblem[][];
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (error.reason === 'FAILED') throw new Error(`A schema cannot be used: ${error.message}`, { cause: error });
    return error.reason === 'TIMEOUT' ? 'takes too long' : 'takes too much memory';
  }
}
