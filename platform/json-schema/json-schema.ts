import { createHash } from 'node:crypto';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';
import { MAX_SCHEMA_BYTES, SchemaBudgetError, compileSchema, metaSchemaErrors } from './compiler.ts';

/** One thing that is wrong. `path` is like `steps[2].name`; empty for the value itself. */
export interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

/** More are not worth reading. */
const MAX_PROBLEMS = 50;

const compiled = new LRUCache<string, ValidateFunction>({ max: 500 });

/** JSON pointer `/steps/2/name` as `steps[2].name`. */
function toPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path ? `${path}.${part}` : part), '');
}

function toProblem(error: ErrorObject): SchemaProblem {
  const params: Record<string, unknown> = error.params;
  const below = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty'];
  const place = toPath(error.instancePath);
  const path = typeof below === 'string' ? (place ? `${place}.${below}` : below) : place;
  if (error.keyword === 'required') return { path, message: 'is required' };
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    return { path, message: 'is not allowed here' };
  }
  if (error.keyword === 'enum') {
    const allowed = JSON.stringify(params['allowedValues']) ?? '';
    return { path, message: `must be one of ${allowed.length > 300 ? `${allowed.slice(0, 300)}…` : allowed}` };
  }
  if (error.keyword === 'const') return { path, message: `must be ${JSON.stringify(params['allowedValue'])}` };
  return { path, message: error.message ?? 'is not valid' };
}

function problemsOf(errors: readonly ErrorObject[] | null | undefined): SchemaProblem[] {
  const seen = new Set<string>();
  const problems: SchemaProblem[] = [];
  for (const problem of (errors ?? []).map(toProblem)) {
    const key = `${problem.path}\u0000${problem.message}`;
    if (!seen.has(key) && problems.length < MAX_PROBLEMS) problems.push(problem);
    seen.add(key);
  }
  return problems;
}

function compile(schema: object): ValidateFunction {
  const text = JSON.stringify(schema);
  const key = createHash('sha256').update(text).digest('base64');
  const known = compiled.get(key);
  if (known) return known;
  const validate = compileSchema(schema);
  compiled.set(key, validate);
  return validate;
}

/**
 * Everything that is wrong with a JSON Schema (draft 2020-12), empty when it can be used. Paths are within the
 * schema. Refused besides wrong schemas: more than 256 KB, references to other documents, and patterns with
 * look-around or back-references, whose time cannot be bounded.
 */
export function checkSchema(schema: object): SchemaProblem[] {
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES) {
    return [{ path: '', message: `must not be larger than ${MAX_SCHEMA_BYTES / 1024} KB` }];
  }
  try {
    const wrong = problemsOf(metaSchemaErrors(schema));
    if (wrong.length > 0) return wrong;
    compile(schema);
    return [];
  } catch (error) {
    const reason = error instanceof RangeError ? 'is nested too deeply' : String((error as Error).message);
    return [{ path: '', message: `is not a usable JSON Schema: ${reason}` }];
  }
}

/**
 * What is wrong with a value, at most 50 problems, empty when it satisfies the schema. Time is bounded: patterns run
 * in linear time, and a schema whose references multiply ends with a problem instead of running on.
 * Throws when the schema itself cannot be used; give `checkSchema` a look at it first.
 */
export function validateAgainst(schema: object, value: unknown): SchemaProblem[] {
  const validate = compile(schema);
  try {
    return validate(value) ? [] : problemsOf(validate.errors);
  } catch (error) {
    if (error instanceof SchemaBudgetError || error instanceof RangeError) {
      return [{ path: '', message: 'is too large or too deep for its schema' }];
    }
    throw error;
  }
}
