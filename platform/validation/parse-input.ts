import type { z } from 'zod';
import { badInput } from '../errors/index.ts';
import { invalidInput, type InvalidField, type InvalidInputFailure } from './failures.ts';

export type ParsedInput<T> =
  { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: InvalidInputFailure };

/** Checks an input against a schema; all problems are told at once, each with its path below `input`. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): ParsedInput<z.output<Schema>> {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, data: result.data };
  return { ok: false, error: invalidInput(invalidFields(result.error)) };
}

/** What was found to be wrong, to be told together with what else is found. */
export const problemsOf = (parsed: ParsedInput<unknown>): readonly InvalidField[] =>
  parsed.ok ? [] : parsed.error.fields;

/**
 * Checks an argument of a query or a subscription, e.g. `filter`. Throws BAD_USER_INPUT that names the first field that
 * cannot be used, as `filter.from`.
 */
export function parseArgument<Schema extends z.ZodType>(
  argument: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [problem] = invalidFields(result.error);
  throw badInput(problem?.path ? `${argument}.${problem.path}` : argument, problem?.message ?? 'cannot be used');
}

/** More are not shown to anybody. */
const MAX_FIELDS = 100;

/** The problems zod has found, with paths as the graph writes them; the first 100. */
export function invalidFields(error: z.ZodError): InvalidField[] {
  return error.issues.slice(0, MAX_FIELDS).map(({ path, message }) => ({ path: formatPath(path), message }));
}

/** `['steps', 2, 'config']` → `steps[2].config`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`))
    .join('');
}
