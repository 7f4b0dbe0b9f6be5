import { calledFunctions, findReferences, measureCel } from './cel-ast.mjs';
import { CEL_VARIABLES, createCelEnvironment, toJsonData } from './cel-environment.mjs';
import { celProblem } from './cel-problem.mjs';

const environment = createCelEnvironment();

/** Everything that is known of a CEL expression without evaluating it, and how to do that. */
export function readCel(text) {
  try {
    const evaluate = environment.parse(text);
    // Regular expressions can take exponential time.
    if (calledFunctions(evaluate.ast).has('matches')) return unusable({ message: 'matches is not available' });
    const { valid, type, error } = evaluate.check();
    if (!valid) return unusable(celProblem(error));
    return {
      problem: null,
      type: type ?? 'dyn',
      references: findReferences(evaluate.ast, CEL_VARIABLES),
      ...measureCel(evaluate.ast),
      evaluate: async (variables) => toJsonData(await evaluate(variables)),
    };
  } catch (error) {
    return unusable(celProblem(error));
  }
}

const unusable = (problem) => ({ problem, references: [] });
