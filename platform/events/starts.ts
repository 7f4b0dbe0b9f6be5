import { aheadOfEverything, notACursor, notKept } from './cursor-problems.ts';
import type { EventLog } from './types.ts';

/*
 * Where a subscription begins, found before its stream is opened: what is wrong with a cursor is then told as a refusal
 * of the operation, and not as the first message of a stream that has begun.
 */

const SEQUENCE = /^\d{1,9}$/;

export interface StreamStart {
  readonly log: EventLog;
  readonly stream: string;
  /** As the subscriber gave it; null when it begins with what is. */
  readonly after: string | null;
  /** Number of the stream's last event. */
  readonly current: number;
}

/**
 * Number of the event behind which a subscription of one stream begins. Throws BAD_USER_INPUT when `after` was never
 * given out, lies ahead of the stream, or is older than what is kept.
 */
export async function startOfStream({ log, stream, after, current }: StreamStart): Promise<number> {
  if (after === null) return current;
  if (!SEQUENCE.test(after)) throw notACursor();
  const start = Number(after);
  if (start > current) throw aheadOfEverything();
  // Reading refuses what lies in front of a gap; that nothing at all is there any more, it cannot know.
  if (start < current && (await log.readStream(stream, start, 1)).length === 0) throw notKept();
  return start;
}

/**
 * Position behind which a subscription of a whole log begins: from now on, or behind `after`. Throws BAD_USER_INPUT as
 * `startOfStream` does.
 */
export async function startOfLog(log: EventLog, after: string | null): Promise<string> {
  if (after === null) return log.head();
  await log.readAfter(after, { limit: 1 });
  return after;
}
