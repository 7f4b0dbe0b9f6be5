import { takeTurn, type Requester } from '../sandbox/index.ts';
import {
  ExpressionError,
  MAX_RESULT_BYTES,
  tooLong,
  type ExpressionProblem,
  type Reference,
} from './expression-error.ts';
import { evaluateInSandbox, SandboxChecks, type EvaluationOptions } from './in-sandbox.ts';
import { jsonataProblem, readJsonata } from './read-jsonata.mjs';
import { ShortExpressions } from './short-expressions.ts';
import { workOf } from './small-work.ts';

const MAX_CHARACTERS = 10_000;

/** What is known of an expression without evaluating it. */
export interface JsonataCheck {
  readonly problem: ExpressionProblem | null;
  /**
   * Where it reads the top of its input by name. Names read from something else, such as the items of a list, are left
   * out. Empty with a problem.
   */
  readonly references: readonly Reference[];
}

const short = new ShortExpressions(readJsonata);
const checks = new SandboxChecks<JsonataCheck>('jsonata');

/**
 * Syntax. Long expressions are looked at in the sandbox. Throws a PublicError that may be tried again when too much waits
 * for it.
 */
export async function checkJsonata(expression: string, whom: Requester = {}): Promise<JsonataCheck> {
  const long = tooLong(expression, MAX_CHARACTERS);
  if (long) return { problem: long, references: [] };
  if (!short.has(expression)) return checks.check(expression, whom);
  const { problem, references } = await short.read(expression);
  return { problem, references };
}

/**
 * Evaluates JSONata over `input` (JSON data) and gives JSON data: functions are left out, nothing found is null. At
 * most 1 MB. What is not known to be small, by expression and data, is evaluated in the sandbox. Throws ExpressionError,
 * or a PublicError that may be tried again: see `runInSandbox`.
 */
export async function evaluateJsonata(
  expression: string,
  input: unknown,
  options: EvaluationOptions = {},
): Promise<unknown> {
  const long = tooLong(expression, MAX_CHARACTERS);
  if (long) throw new ExpressionError('SYNTAX', long.message);
  if (!short.has(expression)) return evaluateInSandbox('jsonata', expression, input, options);
  const program = await short.read(expression);
  if (program.problem) throw new ExpressionError('SYNTAX', program.problem.message, program.problem.position);
  const work = program.isLinear ? workOf({ ...program, characters: expression.length }, input) : Infinity;
  if (work === Infinity) return evaluateInSandbox('jsonata', expression, input, options);
  await takeTurn(work);
  return evaluateHere(program.evaluate, input);
}

async function evaluateHere(evaluate: (input: unknown) => Promise<string | undefined>, input: unknown) {
  let text: string | undefined;
  try {
    text = await evaluate(input);
  } catch (error) {
    const { message, position } = jsonataProblem(error);
    throw new ExpressionError('EVALUATION', message, position, { cause: error });
  }
  if (text === undefined) return null;
  if (Buffer.byteLength(text) > MAX_RESULT_BYTES) throw new ExpressionError('EVALUATION', 'the result exceeds 1 MB');
  return JSON.parse(text) as unknown;
}
