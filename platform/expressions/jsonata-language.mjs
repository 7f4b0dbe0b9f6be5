import jsonata from 'jsonata';
import { compiledCache } from './compiled-cache.mjs';

const compiled = compiledCache((text) => jsonata(text));

/** Functions of JSONata are objects, with the whole environment hanging on them. */
const withoutFunctions = (_key, value) => (value?._jsonata_lambda || value?._jsonata_function ? undefined : value);

/** JSONata, as it runs in the sandbox. Gives JSON text. */
export async function evaluateJsonata(text, input) {
  // Bindings of its own each time: without them a variable set at the top would be kept for the next evaluation.
  return JSON.stringify(await compiled(text).evaluate(input, {}), withoutFunctions);
}
