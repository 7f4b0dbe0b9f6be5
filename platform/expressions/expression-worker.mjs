// Runs in a worker thread. Plain JavaScript, so that it starts from the source tree and from the bundle alike.
import jsonata from 'jsonata';
import { createCelEnvironment, toJsonData } from './cel-environment.mjs';

const MAX_RESULT_BYTES = 1_048_576;
const MAX_CACHED = 500;

// Expressions come from users. Nothing in this thread needs the old accessor.
delete Object.prototype.__proto__;

const cel = createCelEnvironment();
const compiled = new Map();

function compile(language, expression) {
  const key = `${language}:${expression}`;
  let entry = compiled.get(key);
  if (entry) compiled.delete(key);
  else entry = language === 'cel' ? cel.parse(expression) : jsonata(expression);
  compiled.set(key, entry);
  if (compiled.size > MAX_CACHED) compiled.delete(compiled.keys().next().value);
  return entry;
}

/** Functions of JSONata are objects, with the whole environment hanging on them. */
const withoutFunctions = (_key, value) => (value?._jsonata_lambda || value?._jsonata_function ? undefined : value);

async function compute(language, expression, input) {
  const entry = compile(language, expression);
  if (language === 'cel') return toJsonData(entry(input));
  // Bindings of its own each time: without them a variable set at the top would be kept for the next evaluation.
  return entry.evaluate(input, {});
}

/**
 * `clock` is a pair of 32-bit numbers shared with the caller: the first becomes 1 when the evaluation begins, the
 * second is the milliseconds between `sentAt` and then.
 */
export default async function evaluate({ language, expression, input, clock, sentAt }) {
  Atomics.store(clock, 1, Math.max(0, Date.now() - sentAt));
  Atomics.store(clock, 0, 1);
  try {
    const json = JSON.stringify(await compute(language, expression, JSON.parse(input)), withoutFunctions);
    if (json === undefined) return { json: 'null' };
    if (Buffer.byteLength(json) > MAX_RESULT_BYTES) return { problem: 'the result exceeds 1 MB' };
    return { json };
  } catch (error) {
    // Errors of JSONata are objects that may hold anything; only the text leaves this thread.
    return { problem: String(error?.message ?? error).split('\n')[0], position: Number(error?.position) };
  }
}
