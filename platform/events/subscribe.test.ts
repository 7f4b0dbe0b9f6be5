import type { Pool } from 'pg';
import { until } from '../testing/index.ts';
import { createEventBus } from './event-bus.ts';
import { createEventLog } from './event-log.ts';
import {
  append,
  event,
  redisIsAvailable,
  silent,
  startTestRedis,
  startTestServer,
  type TestRedis,
  type TestServer,
} from './event-test-support.ts';
import { subscriberCount } from './live-feeds.ts';
import { liveStream } from './live-stream.ts';
import { startRelay, type Relay } from './relay.ts';
import { startOfLog, startOfStream } from './starts.ts';
import { subscribeToLog, subscribeToStream } from './subscribe.ts';
import type { EventBus, EventLog, StoredEvent } from './types.ts';

jest.setTimeout(60_000);

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);
const seqs = (events: readonly StoredEvent[]) => events.map(({ streamSeq }) => streamSeq);

async function take(from: AsyncIterator<StoredEvent>, count: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  while (events.length < count) {
    const result = await from.next();
    if (result.done) throw new Error(`ended after ${events.length} of ${count}`);
    events.push(result.value);
  }
  return events;
}

const backends = redisIsAvailable ? (['postgres', 'redis'] as const) : (['postgres'] as const);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

describe.each(backends)('live subscriptions over %s', (backend) => {
  let redis: TestRedis | undefined;
  let pool: Pool;
  let log: EventLog;
  let reads: { stream: number; log: number };
  let bus: EventBus;
  let relay: Relay;
  let counter = 0;

  beforeAll(async () => {
    if (backend === 'redis') redis = await startTestRedis();
  });
  afterAll(async () => {
    await redis?.stop();
  });
  beforeEach(async () => {
    pool = await server.domain(3);
    const prefix = `test${(counter += 1)}`;
    const platformDatabaseUrl = await server.database();
    bus = await createEventBus({ redisUrl: redis?.url ?? null, platformDatabaseUrl, logger: silent, prefix });
    relay = startRelay({ domain: 'thing', pool, bus, logger: silent });
    reads = { stream: 0, log: 0 };
    const real = createEventLog({ domain: 'thing', pool });
    log = {
      ...real,
      readStream: (...args) => ((reads.stream += 1), real.readStream(...args)),
      readAfter: (...args) => ((reads.log += 1), real.readAfter(...args)),
    };
  });
  afterEach(async () => {
    expect(subscriberCount(bus)).toBe(0);
    await relay.stop();
    await bus.close();
  });

  async function commit(...seq: number[]): Promise<void> {
    await append(pool, ...seq.map((streamSeq) => event({ streamSeq, payload: { n: streamSeq } })));
    relay.poke();
  }

  async function commitSlowly(last: number): Promise<void> {
    for (let n = 1; n <= last; n++) {
      await commit(n);
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('misses nothing and repeats nothing over ten reconnections, while 1,000 events of a stream pass', async () => {
    const writing = commitSlowly(1_000);
    const seen: StoredEvent[] = [];
    for (let connection = 0; connection < 10; connection++) {
      const afterSeq = seen.at(-1)?.streamSeq ?? 0;
      const subscription = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq });
      seen.push(...(await take(subscription, 100)));
      await subscription.return?.();
    }
    await writing;
    expect(seqs(seen)).toEqual(range(1, 1_000));
  });

  it('does the same for a whole log', async () => {
    let after = await log.head();
    const writing = commitSlowly(1_000);
    const seen: StoredEvent[] = [];
    for (let connection = 0; connection < 10; connection++) {
      const subscription = subscribeToLog({ log, bus, after, ownerId: 'owner', types: ['thing.changed'] });
      seen.push(...(await take(subscription, 100)));
      after = seen.at(-1)?.position ?? '';
      await subscription.return?.();
    }
    await writing;
    expect(seqs(seen)).toEqual(range(1, 1_000));
  });

  it('leaves out of a log what is not wanted, in the past and live', async () => {
    await append(pool, event({ type: 'a' }), event({ type: 'b' }), event({ type: 'a', ownerId: 'other' }));
    const first = (await log.readAfter(null, { limit: 1 }))[0]?.position ?? '';
    const fromStart = subscribeToLog({ log, bus, after: '0:0', types: ['a'], ownerId: 'owner' });
    const afterFirst = subscribeToLog({ log, bus, after: first, types: ['a'], ownerId: 'owner' });
    const fromNow = subscribeToLog({ log, bus, after: null });
    const next = fromNow.next();
    expect((await take(fromStart, 1))[0]?.position).toBe(first);
    const [early, late] = [fromStart.next(), afterFirst.next()];
    await until('the log was read 3 times', () => reads.log >= 3);
    await append(pool, event({ type: 'a', ownerId: 'other' }), event({ type: 'b' }), event({ type: 'a' }));
    relay.poke();
    const last = (await log.readAfter(first, { limit: 10 })).at(-1);
    expect(await early).toEqual({ done: false, value: last });
    expect(await late).toEqual({ done: false, value: last });
    expect(await next).toMatchObject({ value: { type: 'a', ownerId: 'other' } });
    await Promise.all([fromStart, afterFirst, fromNow].map(async (subscription) => subscription.return?.()));
  });

  it('serves many subscribers of one stream without reading for each of them', async () => {
    await commit(1, 2, 3);
    const subscriptions = range(1, 500).map(() => subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 0 }));
    for (const past of await Promise.all(subscriptions.map((one) => take(one, 3))))
      expect(seqs(past)).toEqual([1, 2, 3]);
    const live = subscriptions.map((one) => take(one, 60));
    const before = reads.stream;
    for (let n = 4; n <= 63; n++) await commit(n);
    for (const events of await Promise.all(live)) expect(seqs(events)).toEqual(range(4, 63));
    // Contiguous events come with the signal; what is left is the reading after the past, shared by all.
    expect(reads.stream - before).toBeLessThan(500 + 20);
    const settled = reads.stream;
    const more = subscriptions.map((one) => take(one, 1));
    await commit(64);
    await Promise.all(more);
    expect(reads.stream).toBe(settled);
    await Promise.all(subscriptions.map(async (one) => one.return?.()));
  });

  it('finds by itself what the bus did not tell', async () => {
    await relay.stop();
    const stream = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 0 });
    const all = subscribeToLog({ log, bus, after: null });
    const next = [stream.next(), all.next()];
    await until('both were read', () => reads.stream > 0 && reads.log > 0);
    await commit(1);
    for (const result of await Promise.all(next)) expect(result.value).toMatchObject({ streamSeq: 1 });
    await stream.return?.();
    await all.return?.();
  });

  it('closes a subscriber that is too slow, and it can resume', async () => {
    await commit(1);
    const slow = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 0, maxBuffered: 10 });
    const fast = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 0 });
    await Promise.all([take(slow, 1), take(fast, 1)]);
    const [pending, others] = [slow.next(), take(fast, 30)];
    for (let n = 2; n <= 31; n++) await commit(n);
    expect(seqs(await others)).toEqual(range(2, 31));
    expect((await pending).value).toMatchObject({ streamSeq: 2 });
    await expect(slow.next()).rejects.toMatchObject({
      message: expect.stringContaining('too slow'),
      extensions: { code: 'UNAVAILABLE' },
    });
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(subscriberCount(bus)).toBe(1);
    const resumed = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 2, maxBuffered: 10 });
    expect(seqs(await take(resumed, 29))).toEqual(range(3, 31));
    await resumed.return?.();
    await fast.return?.();
  });

  it('ends a wait on return and on abort', async () => {
    const abort = new AbortController();
    const returned = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 0 });
    const aborted = subscribeToLog({ log, bus, after: null, signal: abort.signal });
    const waits = [returned.next(), aborted.next()];
    expect(subscriberCount(bus)).toBe(2);
    await returned.return?.();
    abort.abort();
    expect(await Promise.all(waits)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    const late = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 0, signal: abort.signal });
    expect(await late.next()).toEqual({ done: true, value: undefined });
  });

  it('is left without a trace at whatever moment, also before it has begun and while it waits', async () => {
    await commit(1, 2);
    let listening = 0;
    const counted: EventBus = {
      ...bus,
      listen: (listener) => {
        listening += 1;
        const stop = bus.listen(listener);
        return () => {
          listening -= 1;
          stop();
        };
      },
    };
    const open = () =>
      liveStream(undefined, async function* (signal) {
        await log.head();
        yield 'begun';
        yield* subscribeToStream({ log, bus: counted, stream: 'thing:1', afterSeq: 0, signal });
      });
    const steps = (count: number) => async () => {
      for (let step = 0; step < count; step++) await new Promise((resolve) => setImmediate(resolve));
    };
    for (const asked of [0, 1, 2, 3, 4]) {
      for (const wait of [0, 1, 2, 5, 20].map(steps)) {
        const stream = open();
        const taken: Promise<unknown>[] = [];
        for (let n = 0; n < asked; n++) {
          const next = stream.next();
          taken.push(next);
          // The fourth waits for an event that does not come.
          if (n < Math.min(asked - 1, 3)) await next;
        }
        await wait();
        expect(await stream.return?.()).toEqual({ done: true, value: undefined });
        await Promise.all(taken);
        expect([subscriberCount(counted), listening]).toEqual([0, 0]);
      }
    }
    await until('no connection is in use', () => pool.idleCount === pool.totalCount && pool.waitingCount === 0);
  });

  it('refuses places that cannot be', async () => {
    await commit(1, 2);
    const bad = { extensions: { code: 'BAD_USER_INPUT', argument: 'after' } };
    const stream = { log, bus, stream: 'thing:1' };
    expect(() => subscribeToStream({ ...stream, afterSeq: -1 })).toThrow(expect.objectContaining(bad));
    expect(() => subscribeToStream({ ...stream, afterSeq: 2 ** 31 })).toThrow(expect.objectContaining(bad));
    expect(() => subscribeToLog({ log, bus, after: 'nonsense' })).toThrow(expect.objectContaining(bad));
    await expect(subscribeToStream({ ...stream, afterSeq: 3 }).next()).rejects.toMatchObject(bad);
    await expect(subscribeToLog({ log, bus, after: '99999999999:1' }).next()).rejects.toMatchObject(bad);
  });

  it('finds where a subscription begins before it is opened, or says why it cannot', async () => {
    await commit(1, 2, 3);
    const start = (after: string | null, current = 3) => startOfStream({ log, stream: 'thing:1', after, current });
    expect(await Promise.all([null, '0', '2', '3'].map((after) => start(after)))).toEqual([3, 0, 2, 3]);
    const said = (message: string) => ({ message, extensions: { code: 'BAD_USER_INPUT', argument: 'after' } });
    const noCursor = said('after: is not a cursor of this subscription.');
    const ahead = said('after: lies ahead of everything there is; subscribe again without it.');
    const gone = said('after: is older than what is kept; subscribe again without it.');
    for (const text of ['', ' 1', '-1', '1.5', 'nonsense', '1:2', '9'.repeat(10)]) {
      await expect(start(text)).rejects.toMatchObject(noCursor);
      await expect(startOfLog(log, text === '1:2' ? '1' : text)).rejects.toMatchObject(noCursor);
    }
    await expect(start('4')).rejects.toMatchObject(ahead);
    await expect(startOfLog(log, '99999999999:1')).rejects.toMatchObject(ahead);
    expect(await startOfLog(log, '0:0')).toBe('0:0');
    expect(await startOfLog(log, null)).toBe(await log.head());
    const nothing = startOfStream({ log, stream: 'thing:2', after: '1', current: 3 });
    await expect(nothing).rejects.toMatchObject(gone);
  });

  if (backend === 'redis') {
    it('loses nothing while Redis is emptied again and again', async () => {
      const stream = subscribeToStream({ log, bus, stream: 'thing:1', afterSeq: 0 });
      const all = subscribeToLog({ log, bus, after: null });
      const heard = [take(stream, 400), take(all, 400)];
      await until('both were read', () => reads.stream > 0 && reads.log > 0);
      for (let n = 1; n <= 400; n++) {
        await commit(n);
        if (n % 40 === 0) await redis?.flush();
        if (n % 100 === 0) await redis?.breakConnections();
      }
      for (const events of await Promise.all(heard)) expect(seqs(events)).toEqual(range(1, 400));
      await stream.return?.();
      await all.return?.();
    });
  }
});
