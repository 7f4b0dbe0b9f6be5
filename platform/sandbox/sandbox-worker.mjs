// Runs in a worker thread. Plain JavaScript, so that it starts from the source tree and from the bundle alike.
import { languages } from './languages.mjs';

const MAX_RESULT_BYTES = 1_048_576;

// Programs come from users. Nothing in this thread needs the old accessor.
delete Object.prototype.__proto__;

/**
 * `clock` is a pair of 32-bit numbers shared with the caller: the first becomes 1 when the work begins, the second is
 * the milliseconds between `sentAt` and then.
 */
export default async function run({ language, program, input, clock, sentAt }) {
  Atomics.store(clock, 1, Math.max(0, Date.now() - sentAt));
  Atomics.store(clock, 0, 1);
  try {
    const json = (await languages[language](program, JSON.parse(input))) ?? 'null';
    if (Buffer.byteLength(json) > MAX_RESULT_BYTES) return { problem: 'the result exceeds 1 MB', details: {} };
    return { json };
  } catch (error) {
    // Errors may hold anything, also of the program; only texts and numbers leave this thread.
    const details = Object.entries(error?.details ?? { position: error?.position }).filter(
      ([, value]) => typeof value === 'string' || Number.isInteger(value),
    );
    return { problem: String(error?.message ?? error).split('\n')[0], details: Object.fromEntries(details) };
  }
}
