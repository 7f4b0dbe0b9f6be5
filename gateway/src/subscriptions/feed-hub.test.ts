import { expect, test } from '@jest/globals';
import { MOST_BEHIND, type FeedMessage } from './event-feed.ts';
import { FeedHub } from './feed-hub.ts';

const message = (cursor: string): FeedMessage => ({ cursor, result: { data: { cursor } } });

/** A log like the domain's: streams over it begin with a marker, or behind a cursor, and then tell every entry. */
class Log {
  readonly entries: string[] = [];
  opened = 0;
  open = 0;
  private readonly wakes = new Set<() => void>();

  append(...cursors: string[]): void {
    this.entries.push(...cursors);
    for (const wake of [...this.wakes]) wake();
  }

  stream(after?: string): AsyncIterator<FeedMessage> {
    this.opened++;
    this.open++;
    let position = after === undefined ? this.entries.length : this.entries.indexOf(after) + 1;
    let marker: FeedMessage | undefined = after === undefined ? message(this.entries.at(-1) ?? 'beginning') : undefined;
    let closed = false;
    return {
      next: async () => {
        if (marker) {
          const value = marker;
          marker = undefined;
          return { value, done: false };
        }
        while (position === this.entries.length && !closed) {
          await new Promise<void>((resolve) => this.wakes.add(resolve));
        }
        if (closed) return { value: undefined, done: true };
        return { value: message(this.entries[position++]!), done: false };
      },
      return: async () => {
        if (!closed) this.open--;
        closed = true;
        for (const wake of [...this.wakes]) wake();
        return { value: undefined, done: true };
      },
    };
  }
}

type Stream = AsyncIterableIterator<{ data?: unknown }>;

const cursorsOf = async (stream: Stream, count: number): Promise<unknown[]> => {
  const seen = [];
  for (let index = 0; index < count; index++) {
    const { value } = (await stream.next()) as { value: { data: { cursor: string } } };
    seen.push(value.data.cursor);
  }
  return seen;
};

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_entry, index) => String(from + index));

test('a thousand equal subscribers come to share one stream, and each sees every message once', async () => {
  const [hub, log] = [new FeedHub(), new Log()];
  const streams = Array.from({ length: 1_000 }, () => hub.subscribe('key', log.stream()));
  const seen = streams.map((stream) => cursorsOf(stream, 21));
  log.append(...numbered(0, 20));
  const expected = ['beginning', ...numbered(0, 20)];
  for (const each of await Promise.all(seen)) expect(each).toEqual(expected);
  expect([log.opened, log.open, hub.size]).toEqual([1_000, 1, 1]);
  await Promise.all(streams.map((stream) => stream.return()));
  expect([log.open, hub.size]).toEqual([0, 0]);
});

test('whoever resumes far behind reads its own stream until it has caught up', async () => {
  const [hub, log] = [new FeedHub(), new Log()];
  log.append(...numbered(0, 500));
  const live = hub.subscribe('key', log.stream());
  expect(await cursorsOf(live, 1)).toEqual(['499']);
  const resumed = hub.subscribe('key', log.stream('99'));
  expect(await cursorsOf(resumed, 300)).toEqual(numbered(100, 300));
  expect(hub.size).toBe(2);
  const rest = cursorsOf(resumed, 110);
  log.append(...numbered(500, 10));
  expect(await rest).toEqual(numbered(400, 110));
  expect(await cursorsOf(live, 10)).toEqual(numbered(500, 10));
  expect(hub.size).toBe(1);
});

test('subscribers that come and go at random places miss nothing and see nothing twice', async () => {
  const [hub, log] = [new FeedHub(), new Log()];
  const subscriber = async (seed: number) => {
    const seen: string[] = [];
    let after: string | undefined = 'none';
    for (let round = 0; seen.length < 1_000; round++) {
      const stream = hub.subscribe('key', log.stream(after));
      const count = Math.min(1 + ((seed * 31 + round * 37) % 97), 1_000 - seen.length);
      seen.push(...((await cursorsOf(stream, count)) as string[]));
      after = seen.at(-1);
      await stream.return();
    }
    return seen;
  };
  const all = Promise.all(Array.from({ length: 20 }, (_entry, seed) => subscriber(seed)));
  for (let index = 0; index < 1_000; index++) {
    log.append(String(index));
    if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const seen of await all) expect(seen).toEqual(numbered(0, 1_000));
  expect([log.open, hub.size]).toEqual([0, 0]);
});

test('a subscriber that is too slow is told so and closed; the others go on', async () => {
  const [hub, log] = [new FeedHub(), new Log()];
  const [fast, slow] = [hub.subscribe('key', log.stream()), hub.subscribe('key', log.stream())];
  await Promise.all([cursorsOf(fast, 1), cursorsOf(slow, 1)]);
  expect(hub.size).toBe(1);
  log.append(...numbered(0, MOST_BEHIND + 1));
  await cursorsOf(fast, MOST_BEHIND);
  expect(await cursorsOf(slow, 1)).toEqual(['0']);
  log.append(...numbered(MOST_BEHIND + 1, 5));
  await cursorsOf(fast, 6);
  await expect(slow.next()).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
  expect(await slow.next()).toEqual({ value: undefined, done: true });
  log.append('last');
  expect(await cursorsOf(fast, 1)).toEqual(['last']);
});

test('different keys share nothing, nor do streams whose cursors come twice', async () => {
  const [hub, log] = [new FeedHub(), new Log()];
  const streams = [
    hub.subscribe('a', log.stream()),
    hub.subscribe('b', log.stream()),
    hub.subscribe(null, log.stream()),
  ];
  for (const stream of streams) await cursorsOf(stream, 1);
  expect(log.open).toBe(3);

  const twice = () => {
    const cursors = ['1', '1', '2', '3'].map(message);
    return { next: () => Promise.resolve({ value: cursors.shift()!, done: false }) } as AsyncIterator<FeedMessage>;
  };
  const [one, other] = [hub.subscribe('c', twice()), hub.subscribe('c', twice())];
  expect(await cursorsOf(one, 4)).toEqual(['1', '1', '2', '3']);
  expect(await cursorsOf(other, 4)).toEqual(['1', '1', '2', '3']);
});

test('leaving wakes who waits, and a failure reaches everybody', async () => {
  const [hub, log] = [new FeedHub(), new Log()];
  const stream = hub.subscribe('key', log.stream());
  await cursorsOf(stream, 1);
  const waiting = stream.next();
  await stream.return();
  expect(await waiting).toEqual({ value: undefined, done: true });
  expect(log.open).toBe(0);

  let fail: ((error: Error) => void) | undefined;
  const failing = hub.subscribe('other', { next: () => new Promise((_resolve, reject) => (fail = reject)) });
  const next = failing.next();
  fail?.(new Error('lost'));
  await expect(next).rejects.toThrow('lost');
  expect(hub.size).toBe(0);
});
