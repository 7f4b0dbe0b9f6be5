import jsonata from 'jsonata';
import { LRUCache } from 'lru-cache';
import {
  ExpressionError,
  MAX_EXPRESSION_CHARACTERS,
  MAX_RESULT_BYTES,
  messageOf,
  tooLong,
  type ExpressionProblem,
  type Reference,
} from './expression-error.ts';
import { evaluateInSandbox } from './evaluate-in-sandbox.ts';
import { findReferences, isPlain, type JsonataNode } from './jsonata-ast.ts';

interface Parsed {
  readonly expression: jsonata.Expression;
  /** Cheap whatever the input: may run in this thread. */
  readonly plain: boolean;
}

const parsed = new LRUCache<string, Parsed | ExpressionProblem>({ max: 1_000 });

function parse(text: string): Parsed | ExpressionProblem {
  const long = tooLong(text, MAX_EXPRESSION_CHARACTERS);
  if (long) return long;
  let entry = parsed.get(text);
  if (!entry) {
    entry = compile(text);
    parsed.set(text, entry);
  }
  return entry;
}

function compile(text: string): Parsed | ExpressionProblem {
  try {
    const expression = jsonata(text);
    return { expression, plain: isPlain(astOf(expression)) };
  } catch (error) {
    const position = (error as { position?: unknown }).position;
    return { message: messageOf(error), ...(typeof position === 'number' ? { position } : {}) };
  }
}

const astOf = (expression: jsonata.Expression) => expression.ast() as unknown as JsonataNode;

/** What is wrong with a JSONata expression, or null. Nothing is evaluated. */
export function checkJsonata(expression: string): ExpressionProblem | null {
  const entry = parse(expression);
  return 'message' in entry ? entry : null;
}

/**
 * Where the expression reads the top of its input by name. Names read from something else, such as the items of a
 * list, are left out. Empty for an expression that cannot be parsed.
 */
export function jsonataReferences(expression: string): readonly Reference[] {
  const entry = parse(expression);
  return 'message' in entry ? [] : findReferences(astOf(entry.expression));
}

/**
 * Evaluates JSONata over `input` (JSON data) and gives JSON data: functions are left out, nothing found is null. At
 * most 1 MB. Expressions that could be expensive run in a worker thread that is ended after `timeoutMs` (default
 * 1,000) or when it needs too much memory. Throws ExpressionError.
 */
export async function evaluateJsonata(
  expression: string,
  input: unknown,
  options: { readonly timeoutMs?: number | undefined } = {},
): Promise<unknown> {
  const entry = parse(expression);
  if ('message' in entry) throw new ExpressionError('SYNTAX', entry.message, entry.position);
  if (entry.plain) return evaluateHere(entry.expression, input);
  return evaluateInSandbox('jsonata', expression, input, options.timeoutMs);
}

async function evaluateHere(expression: jsonata.Expression, input: unknown): Promise<unknown> {
  let text: string | undefined;
  try {
    text = JSON.stringify(await expression.evaluate(input, {}));
  } catch (error) {
    throw new ExpressionError('EVALUATION', messageOf(error), undefined, { cause: error });
  }
  if (text === undefined) return null;
  if (Buffer.byteLength(text) > MAX_RESULT_BYTES) throw new ExpressionError('EVALUATION', 'the result exceeds 1 MB');
  return JSON.parse(text) as unknown;
}
