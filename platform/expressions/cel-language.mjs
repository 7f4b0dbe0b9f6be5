import { celProblem } from './cel-problem.mjs';
import { compiledCache } from './compiled-cache.mjs';
import { readCel } from './read-cel.mjs';

const expressions = compiledCache(readCel);

/** CEL, as it runs in the sandbox: evaluates a text, or looks at one (`check`). Gives JSON text. */
export async function runCel(program, variables) {
  if (typeof program === 'object') {
    const { problem, type, references } = expressions.get(program.check);
    return JSON.stringify({ problem, type, references });
  }
  const { problem, evaluate } = expressions.get(program);
  if (problem) throw failure('SYNTAX', problem);
  try {
    return JSON.stringify(await evaluate(variables));
  } catch (error) {
    throw failure('EVALUATION', celProblem(error));
  }
}

const failure = (code, { message, position }) => Object.assign(new Error(message), { details: { code, position } });
