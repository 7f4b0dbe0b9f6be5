/** Of the result as JSON. */
const MAX_RESULT_BYTES = 1_048_576;
/** Lists and objects in the result: reading them holds the caller's thread, about 10 ms for so many. */
const MAX_RESULT_PARTS = 100_000;

const OUT_OF_MEMORY =
  /invalid (string|array|typed array|array buffer) length|allocation failed|cannot create a string/i;

/** Runs a task given as JSON text. Gives JSON text: `value`, or `problem` with `details`. */
export async function runTask(languages, text) {
  try {
    const { language, program, input } = JSON.parse(text);
    const json = (await languages[language](program, input)) ?? 'null';
    const problem = problemOf(json);
    return problem === null ? `{"value":${json}}` : JSON.stringify({ problem, details: {} });
  } catch (error) {
    return JSON.stringify(tell(error));
  }
}

function problemOf(json) {
  if (Buffer.byteLength(json) > MAX_RESULT_BYTES) return 'the result exceeds 1 MB';
  let parts = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{]/g)) if (token.length === 1) parts += 1;
  return parts > MAX_RESULT_PARTS ? 'the result has more than 100,000 lists and objects' : null;
}

/** Errors may hold anything, also of the program; only texts and numbers leave this process. */
function tell(error) {
  const message = String(error?.message ?? error).split('\n')[0];
  if (OUT_OF_MEMORY.test(message)) return { problem: 'needed too much memory', reason: 'MEMORY', details: {} };
  const problem = /call stack size/.test(message) ? 'calls itself too deeply' : message;
  const details = Object.entries(error?.details ?? { position: error?.position }).filter(
    ([, value]) => typeof value === 'string' || Number.isInteger(value),
  );
  return { problem: problem.slice(0, 1_000), details: Object.fromEntries(details) };
}
