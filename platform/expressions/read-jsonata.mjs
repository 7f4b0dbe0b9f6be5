import jsonata from 'jsonata';
import { findReferences, measureJsonata } from './jsonata-ast.mjs';

/** Everything that is known of a JSONata expression without evaluating it, and how to do that. */
export function readJsonata(text) {
  try {
    const expression = jsonata(text);
    const ast = expression.ast();
    return {
      problem: null,
      references: findReferences(ast),
      ...measureJsonata(ast),
      // Bindings of its own each time: without them a variable set at the top would be kept for the next evaluation.
      evaluate: async (input) => JSON.stringify(await expression.evaluate(input, {}), withoutFunctions),
    };
  } catch (error) {
    return { problem: jsonataProblem(error), references: [] };
  }
}

/** Functions of JSONata are objects, with the whole environment hanging on them. */
const withoutFunctions = (_key, value) => (value?._jsonata_lambda || value?._jsonata_function ? undefined : value);

/** What went wrong, and where; JSONata throws plain objects. */
export function jsonataProblem(error) {
  const message = String(error?.message ?? error);
  return { message, ...(typeof error?.position === 'number' ? { position: error.position } : {}) };
}
