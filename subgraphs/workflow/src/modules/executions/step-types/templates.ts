import { evaluateJsonata } from '@flowmesh/platform/expressions';
import type { ConfigExpression, StepRun } from './step-type.ts';

/** A text within a value that is an expression as a whole: `{% input.name %}`. */
const PLACEHOLDER = /^\s*\{%([\s\S]*)%\}\s*$/;

/** More in one value are refused. */
export const MAX_PLACEHOLDERS = 100;

interface Placed {
  readonly keys: readonly (string | number)[];
  readonly expression: ConfigExpression;
}

/** Expressions in a value of a configuration: its texts of the form `{% JSONata %}`. `path`: where the value is. */
export const expressionsIn = (value: unknown, path: string): ConfigExpression[] =>
  placedIn(value, path, []).map(({ expression }) => expression);

/** The end of an expression within a longer text. Tags of Liquid, which templates may be sent with, are none. */
const LIQUID =
  'end\\w*|if|elsif|else|unless|case|when|for|break|continue|cycle|assign|capture|increment|decrement|raw|comment|render|include|echo|liquid|tablerow|layout|block';
const PART = new RegExp(`\\{%(?!-?\\s*(?:${LIQUID})\\b)[\\s\\S]*?%\\}`);

/** Whether a text has an expression as a part of it, which would be taken as it stands. */
export function hasMisplaced(value: unknown): boolean {
  if (typeof value === 'string') return !PLACEHOLDER.test(value) && PART.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasMisplaced);
}

export const MISPLACED =
  'an expression must be the whole text, such as {% "Hello " & input.name %}; join texts within it';

/** The value with the results of its expressions in their places. */
export async function filled(
  value: unknown,
  path: string,
  { execution, values }: Pick<StepRun, 'execution' | 'values'>,
): Promise<unknown> {
  let result = structuredClone(value);
  for (const { keys, expression } of placedIn(value, path, [])) {
    const options = { owner: execution.startedById };
    const evaluated = await evaluateJsonata(expression.text, await values(expression), options);
    result = withValue(result, keys, evaluated);
  }
  return result;
}

/** Whether nothing in it depends on the execution. */
export const isStatic = (value: unknown): boolean => placedIn(value, '', []).length === 0;

function placedIn(value: unknown, path: string, keys: readonly (string | number)[]): Placed[] {
  if (typeof value === 'string') {
    const text = PLACEHOLDER.exec(value)?.[1]?.trim();
    return text === undefined ? [] : [{ keys, expression: { path, language: 'jsonata', text } }];
  }
  if (Array.isArray(value)) return value.flatMap((each, at) => placedIn(each, `${path}[${at}]`, [...keys, at]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    placedIn(each, path === '' ? key : `${path}.${key}`, [...keys, key]),
  );
}

function withValue(whole: unknown, keys: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const holder = whole as Record<string | number, unknown>;
  // Also for names such as __proto__.
  Object.defineProperty(holder, key, {
    value: withValue(holder[key], rest, value),
    configurable: true,
    enumerable: true,
    writable: true,
  });
  return holder;
}
