import type { ExecutionResult } from 'graphql';
import { pino } from 'pino';
import { createErrorFormatter } from '@flowmesh/platform/graphql';

interface ShownError {
  readonly message: string;
  readonly code: unknown;
  readonly path: readonly (string | number)[] | null;
}

/** An answer in a form in which equal ones are equal. */
export interface Comparable {
  readonly data: unknown;
  /** Those of fields that are null for their own sake. */
  readonly errors: readonly string[];
  /** Places that are null because something below them was: one error of each is as good as another. */
  readonly ended: readonly string[];
}

const format = createErrorFormatter(pino({ level: 'silent' }));

/** `data` as JSON with the order of its fields, errors as clients see them, in any order. */
export function comparable(result: ExecutionResult): Comparable {
  const data: unknown = JSON.parse(JSON.stringify(result.data ?? null));
  const errors = (result.errors ?? []).map((error): ShownError => {
    const { message, path, extensions } = format(error.toJSON(), error);
    return { message: withoutValue(message), path: path ?? null, code: extensions?.code };
  });
  const isOwn = ({ path, message }: ShownError) => path === null || (!isOfCondition(message) && reaches(data, path));
  const own = errors.filter(isOwn);
  const ended = errors.flatMap((error) => (isOwn(error) ? [] : [JSON.stringify(endOf(data, error.path ?? []))]));
  return {
    data: JSON.stringify(data),
    errors: own.map((error) => JSON.stringify(error)).sort(),
    ended: [...new Set(ended)].sort(),
  };
}

/** A message that repeats a value does so in the words of the client, or in those of the planner. */
const withoutValue = (message: string) => message.replace(/(has invalid value ).*/s, '$1');

/** A condition that is null ends its object; so does what may not be null in it, where that is asked for before. */
const isOfCondition = (message: string) => message.startsWith('Argument "if" of non-null type');

const reaches = (data: unknown, path: readonly (string | number)[]) => endOf(data, path).length === path.length;

/** How far a path leads before it meets a null. */
function endOf(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] {
  let value = data;
  for (const [index, key] of path.entries()) {
    if (value === null || typeof value !== 'object') return path.slice(0, index);
    value = (value as Record<string | number, unknown>)[key];
  }
  return path;
}
