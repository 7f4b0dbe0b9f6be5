import { rateLimited } from '@flowmesh/platform/errors';

/** Documents of one user that wait while another of theirs is read. */
const MOST_WAITING = 3;
const RETRY_AFTER_S = 10;

/**
 * Reading a document may take ten seconds of a processor: of each user one is read at a time, so that those of others are
 * not kept waiting, and a few wait.
 */
export class ReadingTurns {
  private readonly lines = new Map<string, { last: Promise<unknown>; length: number }>();

  async take<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(owner) ?? { last: Promise.resolve(), length: 0 };
    if (line.length > MOST_WAITING) throw rateLimited('Too many of your documents wait to be read.', RETRY_AFTER_S);
    this.lines.set(owner, line);
    line.length += 1;
    const mine = line.last.then(work);
    line.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      line.length -= 1;
      if (line.length === 0) this.lines.delete(owner);
    }
  }
}
