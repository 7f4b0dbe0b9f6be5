import jsonata from 'jsonata';
import { explainSyntax } from './foreign-operators.mjs';
import { findReferences, measureJsonata } from './jsonata-ast.mjs';
import { refuseWhatIsNone } from './jsonata-functions.mjs';
import { keyInBrackets } from './jsonata-keys.mjs';
import { unknownVariable } from './jsonata-variables.mjs';

/** Everything that is known of a JSONata expression without evaluating it, and how to do that. */
export function readJsonata(text) {
  try {
    const expression = jsonata(text);
    refuseWhatIsNone(expression);
    const ast = expression.ast();
    const inBrackets = keyInBrackets(ast);
    if (inBrackets) return { problem: inBrackets, references: [] };
    const unknown = unknownVariable(ast);
    if (unknown) {
      const { name, position } = unknown;
      return { problem: { message: `${name} is not known: nothing gives it a value`, position }, references: [] };
    }
    return {
      problem: null,
      references: findReferences(ast),
      ...measureJsonata(ast),
      // Bindings of its own each time: without them a variable set at the top would be kept for the next evaluation.
      evaluate: async (input) => JSON.stringify(await expression.evaluate(input, {}), asJson),
    };
  } catch (error) {
    return { problem: explainSyntax('JSONata', text, jsonataProblem(error)), references: [] };
  }
}

/** Functions of JSONata, which are objects with the whole environment hanging on them, are left out. */
function asJson(_key, value) {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error(`the result has a number that is none: ${value}, as a division by zero gives it`);
  }
  return value?._jsonata_lambda || value?._jsonata_function ? undefined : value;
}

/** What went wrong, and where; JSONata throws plain objects. */
export function jsonataProblem(error) {
  const message = String(error?.message ?? error);
  return { message, ...(typeof error?.position === 'number' ? { position: error.position } : {}) };
}
