import { unavailable } from '@flowmesh/platform/errors';

/** Works on one key that may wait; more are refused. */
const MOST_WAITING = 200;

/**
 * Work on one key is done one after the other within this process, so that many writers of one context wait here and not
 * each with a connection to the database in hand. Between processes the database decides.
 */
export class OneAtATime {
  private readonly ends = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** Throws UNAVAILABLE, without beginning, when too much waits for the key. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.ends.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= MOST_WAITING) throw unavailable('Too many changes of this context wait already; try again.');
    line.waiting += 1;
    this.ends.set(key, line);
    const turn = line.last.then(work);
    line.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.ends.delete(key);
    }
  }
}
