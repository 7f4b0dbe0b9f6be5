import { calledFunctions, callsAround, findReferences, measureCel, refuseNonFinite, renameCalls } from './cel-ast.mjs';
import { CEL_VARIABLES, createCelEnvironment, STRICT_TIMESTAMP, toJsonData } from './cel-environment.mjs';
import { misusedMacro } from './cel-macros.mjs';
import { celProblem, notFinite } from './cel-problem.mjs';
import { explainSyntax } from './foreign-operators.mjs';

const environment = createCelEnvironment();
/** Functions and macros. */
const KNOWN = new Set(environment.getDefinitions().functions.map(({ name }) => name));
KNOWN.delete(STRICT_TIMESTAMP);

/** Everything that is known of a CEL expression without evaluating it, and how to do that. */
export function readCel(text) {
  try {
    const evaluate = environment.parse(text);
    const called = calledFunctions(evaluate.ast);
    // Said before what stands in its brackets: the names that a macro gives are unknown when the macro is.
    for (const [name, position] of called) {
      if (!KNOWN.has(name)) return unusable({ message: `${name} is not known: no function has that name`, position });
    }
    // Regular expressions can take exponential time.
    if (called.has('matches')) return unusable({ message: 'matches is not available' });
    const misused = misusedMacro(evaluate.ast);
    if (misused) return unusable(misused);
    renameCalls(evaluate.ast, 'timestamp', STRICT_TIMESTAMP);
    const { valid, type, error } = evaluate.check();
    if (!valid) return unusable(celProblem(error, callsAround(evaluate.ast, error.node)));
    refuseNonFinite(evaluate.ast, (...computed) => {
      throw notFinite(...computed);
    });
    return {
      problem: null,
      type: type ?? 'dyn',
      references: findReferences(evaluate.ast, CEL_VARIABLES),
      ...measureCel(evaluate.ast),
      evaluate: async (variables) => toJsonData(await evaluate(variables)),
    };
  } catch (error) {
    return unusable(explainSyntax('CEL', text, celProblem(error)));
  }
}

const unusable = (problem) => ({ problem, references: [] });
