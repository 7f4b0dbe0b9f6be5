import { compiledCache } from './compiled-cache.mjs';
import { readJsonata } from './read-jsonata.mjs';

const expressions = compiledCache(readJsonata);

/** JSONata, as it runs in the sandbox: evaluates a text, or looks at one (`check`). Gives JSON text. */
export async function runJsonata(program, input) {
  if (typeof program === 'object') {
    const { problem, references } = expressions.get(program.check);
    return JSON.stringify({ problem, references });
  }
  const { problem, evaluate } = expressions.get(program);
  if (problem) throw Object.assign(new Error(problem.message), { details: { code: 'SYNTAX', ...problem } });
  return evaluate(input);
}
