import { takeTurn, type Requester } from '../sandbox/index.ts';
import { celProblem } from './cel-problem.mjs';
import { ExpressionError, tooLong, type ExpressionProblem, type Reference } from './expression-error.ts';
import { evaluateInSandbox, SandboxChecks, type EvaluationOptions } from './in-sandbox.ts';
import { readCel } from './read-cel.mjs';
import { ShortExpressions } from './short-expressions.ts';
import { workOf } from './small-work.ts';

const MAX_CHARACTERS = 2_000;

/** What is known of an expression without evaluating it. */
export interface CelCheck {
  readonly problem: ExpressionProblem | null;
  /** `bool`, `int`, `dyn` (known only at run time) …; absent with a problem. */
  readonly type?: string;
  readonly references: readonly Reference[];
}

interface CelVariables {
  readonly input?: unknown;
  readonly steps?: unknown;
  readonly context?: unknown;
  readonly memory?: unknown;
  readonly item?: unknown;
  readonly index?: unknown;
  readonly round?: unknown;
  readonly previous?: unknown;
  readonly payload?: unknown;
}

const short = new ShortExpressions(readCel);
const checks = new SandboxChecks<CelCheck>('cel');

/**
 * Syntax, types, unknown variables and functions. Variables are those of
 * `CEL_VARIABLES`. Long expressions are
 * looked at in the sandbox. Throws a PublicError that may be tried again when too much waits for it.
 */
export async function checkCel(expression: string, whom: Requester = {}): Promise<CelCheck> {
  const long = tooLong(expression, MAX_CHARACTERS);
  if (long) return { problem: long, references: [] };
  if (!short.has(expression)) return checks.check(expression, whom);
  const { problem, references, ...rest } = await short.read(expression);
  return { problem, references, ...('type' in rest ? { type: rest.type } : {}) };
}

/**
 * Evaluates CEL and gives JSON data; whole numbers become numbers. Reading a key that does not exist is an error. What is
 * not known to be small, by expression and data, is evaluated in the sandbox. Throws ExpressionError, or a PublicError
 * that may be tried again: see `runInSandbox`.
 */
export async function evaluateCel(
  expression: string,
  given: CelVariables,
  options: EvaluationOptions = {},
): Promise<unknown> {
  const long = tooLong(expression, MAX_CHARACTERS);
  if (long) throw new ExpressionError('SYNTAX', long.message);
  const { input = null, steps = {}, context = {}, memory = {}, payload = null } = given;
  const { item = null, index = null, round = null, previous = null } = given;
  const variables = { input, steps, context, memory, item, index, round, previous, payload };
  if (!short.has(expression)) return evaluateInSandbox('cel', expression, variables, options);
  const program = await short.read(expression);
  if (program.problem) throw new ExpressionError('SYNTAX', program.problem.message, program.problem.position);
  const work = program.isLinear ? workOf({ ...program, characters: expression.length }, variables) : Infinity;
  if (work === Infinity) return evaluateInSandbox('cel', expression, variables, options);
  await takeTurn(work);
  try {
    return await program.evaluate(variables);
  } catch (error) {
    const { message, position } = celProblem(error);
    throw new ExpressionError('EVALUATION', message, position, { cause: error });
  }
}
