import type { ExecutionResult } from 'graphql';
import { ErrorCode, PublicError } from '../errors/index.ts';

const MEGABYTE = 1_048_576;
/** Of data, about as JSON. Writing more as text would keep everybody else waiting, and could need all memory there is. */
export const MAX_ANSWER_CHARACTERS = 16 * MEGABYTE;
/** Of a value that is no text, and of what stands around each. */
const VALUE_CHARACTERS = 4;

/** Whether a value has more characters than `most`, about as JSON. Looks no further than it takes to know. */
export function isLargerThan(most: number, value: unknown): boolean {
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
  return left < 0;
}

/** The result, or an error in place of data that is too large to be sent. */
export function bounded(result: ExecutionResult): ExecutionResult {
  if (!isLargerThan(MAX_ANSWER_CHARACTERS, result.data)) return result;
  const message = `The answer is larger than ${MAX_ANSWER_CHARACTERS / MEGABYTE} MB; ask for fewer objects, or less of each.`;
  return { data: null, errors: [new PublicError(message, ErrorCode.tooLarge)] };
}
