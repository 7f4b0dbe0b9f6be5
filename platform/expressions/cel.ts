import type { ParseResult } from '@marcbachmann/cel-js';
import { LRUCache } from 'lru-cache';
import { createCelEnvironment, toJsonData } from './cel-environment.mjs';
import { calledFunctions, findReferences, type CelNode } from './cel-ast.ts';
import { ExpressionError, messageOf, tooLong, type ExpressionProblem, type Reference } from './expression-error.ts';
import { evaluateInSandbox } from './evaluate-in-sandbox.ts';

const MAX_CHARACTERS = 2_000;

/** What is known of an expression without evaluating it. */
export interface CelCheck {
  readonly problem: ExpressionProblem | null;
  /** `bool`, `int`, `dyn` (known only at run time) …; absent with a problem. */
  readonly type?: string;
  readonly references: readonly Reference[];
}

interface Parsed extends CelCheck {
  readonly evaluate?: ParseResult;
  /** Has a macro that runs over a list, or builds on itself: may be expensive. */
  readonly heavy: boolean;
}

/** Functions that take time in proportion to their arguments, and give no more than they got. */
const CHEAP = new Set(
  'size has type dyn bool int uint double string startsWith endsWith contains lowerAscii upperAscii trim indexOf lastIndexOf substring timestamp duration getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds'.split(
    ' ',
  ),
);

const environment = createCelEnvironment();
const parsed = new LRUCache<string, Parsed>({ max: 1_000 });

function parse(text: string): Parsed {
  const long = tooLong(text, MAX_CHARACTERS);
  if (long) return { problem: long, references: [], heavy: false };
  let entry = parsed.get(text);
  if (!entry) {
    entry = compile(text);
    parsed.set(text, entry);
  }
  return entry;
}

function compile(text: string): Parsed {
  try {
    const evaluate = environment.parse(text);
    const ast = evaluate.ast as unknown as CelNode;
    const calls = calledFunctions(ast);
    // Regular expressions can take exponential time.
    if (calls.has('matches')) {
      return { problem: { message: 'matches is not available' }, references: [], heavy: false };
    }
    const { valid, type, error } = evaluate.check();
    if (!valid) return { problem: problemOf(error), references: [], heavy: false };
    const heavy = [...calls].some((name) => !CHEAP.has(name));
    return { problem: null, type: type ?? 'dyn', references: findReferences(ast), evaluate, heavy };
  } catch (error) {
    return { problem: problemOf(error), references: [], heavy: false };
  }
}

function problemOf(error: unknown): ExpressionProblem {
  const { summary, range } = error as { summary?: string; range?: { start: number } };
  return { message: summary ?? messageOf(error).split('\n')[0] ?? '', ...(range ? { position: range.start } : {}) };
}

/** Syntax, types, unknown variables and functions. Variables are `input`, `steps` and `context`. */
export function checkCel(expression: string): CelCheck {
  const { problem, type, references } = parse(expression);
  return { problem, references, ...(type === undefined ? {} : { type }) };
}

/**
 * Evaluates CEL and gives JSON data; whole numbers become numbers. What may be expensive runs in a worker thread that
 * is ended after `timeoutMs` (default 1,000). Reading a key that does not exist is an error. Throws ExpressionError.
 */
export async function evaluateCel(
  expression: string,
  variables: { readonly input?: unknown; readonly steps?: unknown; readonly context?: unknown },
  options: { readonly timeoutMs?: number | undefined } = {},
): Promise<unknown> {
  const { problem, evaluate, heavy } = parse(expression);
  if (problem || !evaluate) throw new ExpressionError('SYNTAX', problem?.message ?? '', problem?.position);
  const { input = null, steps = {}, context = {} } = variables;
  if (heavy) return evaluateInSandbox('cel', expression, { input, steps, context }, options.timeoutMs);
  try {
    return toJsonData(await evaluate({ input, steps, context }));
  } catch (error) {
    const { message, position } = problemOf(error);
    throw new ExpressionError('EVALUATION', message, position, { cause: error });
  }
}
