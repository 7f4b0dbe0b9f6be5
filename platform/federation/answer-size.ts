import type { ExecutionResult } from 'graphql';
import { ErrorCode, PublicError } from '../errors/index.ts';
import { turn } from '../turns/index.ts';

const MEGABYTE = 1_048_576;
/** Maximum size of data, roughly as JSON. Serialising more would block other work, and could exhaust the memory. */
export const MAX_ANSWER_CHARACTERS = 16 * MEGABYTE;
/** Of a value that is no text, and of what stands around each. */
const VALUE_CHARACTERS = 4;

/** Above this size, each step over a whole answer gets its own turn of the event loop: about 10 ms, at most 40. */
const LARGE_CHARACTERS = MEGABYTE;

/** Characters of a value, about as JSON; looks no further than `most`. */
export function sizeOf(value: unknown, most: number): number {
  let left = most;
  const take = (inner: unknown): void => {
    left -= VALUE_CHARACTERS;
    if (typeof inner === 'string') left -= inner.length;
    if (typeof inner !== 'object' || inner === null || left < 0) return;
    for (const [key, each] of Object.entries(inner)) {
      if (!Array.isArray(inner)) left -= key.length;
      take(each);
      if (left < 0) return;
    }
  };
  take(value);
  return most - left;
}

/** The result, or an error instead of data that is too large to send. Yields to other work after a large result. */
export async function bounded(result: ExecutionResult): Promise<ExecutionResult> {
  const size = sizeOf(result.data, MAX_ANSWER_CHARACTERS);
  if (size > LARGE_CHARACTERS) await turn();
  if (size <= MAX_ANSWER_CHARACTERS) return result;
  const message = `The answer is larger than ${MAX_ANSWER_CHARACTERS / MEGABYTE} MB; ask for fewer objects, or less of each.`;
  return { data: null, errors: [new PublicError(message, ErrorCode.tooLarge)] };
}
