import { Client } from 'pg';
import { Registry } from 'prom-client';
import { until } from '../testing/index.ts';
import { createEventBus } from './event-bus.ts';
import {
  event,
  redisIsAvailable,
  silent,
  startTestRedis,
  startTestServer,
  type TestRedis,
  type TestServer,
} from './event-test-support.ts';
import type { EventBus, StoredEvent } from './types.ts';

const stored = (n: number, type = 'thing.changed'): StoredEvent => ({
  ...event({ type, streamSeq: n, payload: { n, text: 'ü' }, requestId: 'request-1' }),
  id: `thing:${n}`,
  domain: 'thing',
  position: `${n + 700}:${n}`,
  occurredAt: new Date('2025-03-04T05:06:07.089Z'),
});
const numbers = (events: readonly StoredEvent[]) => events.map(({ streamSeq }) => streamSeq);
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

const backends = redisIsAvailable ? (['postgres', 'redis'] as const) : (['postgres'] as const);

jest.setTimeout(60_000);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

describe.each(backends)('the event bus on %s', (backend) => {
  let redis: TestRedis | undefined;
  let platformDatabaseUrl: string;
  let counter = 0;
  const open: EventBus[] = [];

  beforeAll(async () => {
    if (backend === 'redis') redis = await startTestRedis();
  });
  afterAll(async () => {
    await redis?.stop();
  });
  beforeEach(async () => {
    counter += 1;
    platformDatabaseUrl = await server.database();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((bus) => bus.close()));
  });

  /** The bus of one more process. */
  async function process(metrics?: Registry): Promise<EventBus> {
    const bus = await createEventBus({
      redisUrl: redis?.url ?? null,
      platformDatabaseUrl,
      logger: silent,
      prefix: `test${counter}`,
      metrics,
    });
    open.push(bus);
    return bus;
  }

  /** Breaks every connection of the buses, as a restart of the server does. */
  async function breakConnections(): Promise<void> {
    if (redis) return redis.breakConnections();
    const client = new Client({ connectionString: platformDatabaseUrl });
    await client.connect();
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
                        where datname = current_database() and application_name = 'flowmesh-bus'`);
    await client.end();
  }

  it('tells every process, each event once and whole', async () => {
    const [one, two] = await Promise.all([process(), process()]);
    const heard: StoredEvent[][] = [[], []];
    one.listen(() => {
      throw new Error('a listener that fails');
    });
    one.listen((told) => heard[0]?.push(told));
    const stop = two.listen((told) => heard[1]?.push(told));
    await one.publish([stored(1), stored(2)]);
    await two.publish([stored(2), stored(3), stored(3)]);
    await until('all have heard 3', () => heard.every((events) => events.length === 3));
    expect(heard).toEqual([
      [stored(1), stored(2), stored(3)],
      [stored(1), stored(2), stored(3)],
    ]);
    stop();
    await one.publish([stored(4)]);
    await until('4 heard', () => heard[0]?.length === 4);
    expect(heard[1]).toHaveLength(3);
    await one.check();
  });

  it('goes on hearing after its connections broke', async () => {
    const bus = await process();
    const heard: StoredEvent[] = [];
    bus.listen((told) => heard.push(told));
    await bus.publish([stored(1)]);
    await until('1 heard', () => heard.length === 1);
    await breakConnections();
    await until('it can be published', () =>
      bus.publish([stored(2)]).then(
        () => true,
        () => false,
      ),
    );
    await until('2 heard', () => heard.length === 2);
    expect(numbers(heard)).toEqual([1, 2]);
  });

  it('gives a consumer every event of its types in order, from the oldest, and goes on where it was', async () => {
    const bus = await process();
    const seen: StoredEvent[] = [];
    const handler = async (taken: StoredEvent) => void seen.push(taken);
    await bus.publish([stored(1), stored(2, 'other'), stored(3)]);
    const consumer = await bus.consume('group', ['thing.changed'], handler);
    await until('2 seen', () => seen.length === 2);
    await bus.publish(range(4, 400).map((n) => stored(n)));
    await until('399 seen', () => seen.length === 399);
    await consumer.stop();
    await bus.publish([stored(401)]);
    await bus.consume('group', ['thing.changed'], handler);
    await until('400 seen', () => seen.length === 400);
    expect(numbers(seen)).toEqual([1, ...range(3, 401)]);
    expect(seen[0]).toEqual(stored(1));
  });

  it('says how far a group is behind, whoever runs it', async () => {
    const metrics = new Registry();
    const bus = await process(metrics);
    let hold = true;
    const handler = async () => {
      if (hold) throw new Error('not yet');
    };
    await expect(bus.behindSeconds('group')).rejects.toThrow('nobody consumes for group here');
    await bus.consume('group', ['thing.changed'], handler);
    expect(await bus.behindSeconds('group')).toBe(0);
    // Of no interest to the group.
    await bus.publish(range(1, 20).map((n) => stored(n, 'other')));
    expect(await bus.behindSeconds('group')).toBe(0);
    await bus.publish([stored(21)]);
    await until('the group is behind', async () => (await bus.behindSeconds('group')) > 0.3);
    expect(await metrics.metrics()).toMatch(/^events_consumer_behind_seconds\{group="group"\} [0-9.]+$/m);
    hold = false;
    await until('the group is not behind', async () => (await bus.behindSeconds('group')) === 0);
  });

  it('runs a group in one process, and in another when that one is gone', async () => {
    const [one, two] = await Promise.all([process(), process()]);
    const seen: [string, number | undefined][] = [];
    await one.consume('group', ['thing.changed'], async (taken) => void seen.push(['one', taken.streamSeq]));
    await one.publish([stored(1)]);
    await until('1 seen', () => seen.length === 1);
    await two.consume('group', ['thing.changed'], async (taken) => void seen.push(['two', taken.streamSeq]));
    await two.publish(range(2, 20).map((n) => stored(n)));
    await until('20 seen', () => seen.length === 20);
    await one.close();
    await two.publish([stored(21)]);
    await until('21 seen', () => seen.length === 21);
    expect(seen).toEqual([...range(1, 20).map((n) => ['one', n]), ['two', 21]]);
  });

  it('gives an event again that was being handled when its process was lost', async () => {
    const [lost, other] = await Promise.all([process(), process()]);
    const seen: (number | undefined)[] = [];
    let release: (() => void) | undefined;
    let handling = false;
    await lost.consume('group', ['thing.changed'], async (taken) => {
      if (taken.streamSeq !== 2) return;
      handling = true;
      await new Promise<void>((resolve) => (release = resolve));
    });
    await lost.publish([stored(1), stored(2), stored(3)]);
    await until('it is being handled', () => handling);
    await other.consume('group', ['thing.changed'], async (taken) => void seen.push(taken.streamSeq));
    // What the others see of a process that died: its session, or its claim, has ended.
    if (redis) await redis.command('del', `{test${counter}:bus}:lock:group`);
    else await breakConnections();
    await until('3 was seen', () => seen.at(-1) === 3);
    expect(seen.slice(-2)).toEqual([2, 3]);
    // It was only slow: what it finishes now changes nothing.
    release?.();
    await until('it can be published', () =>
      lost.publish([stored(4)]).then(
        () => true,
        () => false,
      ),
    );
    await until('4 was seen', () => seen.at(-1) === 4);
    expect(seen.slice(-3)).toEqual([2, 3, 4]);
  });

  it('repeats an event whose handler failed, and the next ones only then', async () => {
    const bus = await process();
    const seen: (number | undefined)[] = [];
    let failures = 2;
    await bus.consume('group', ['thing.changed'], async (taken) => {
      seen.push(taken.streamSeq);
      if (taken.streamSeq === 2 && failures-- > 0) throw new Error('not now');
    });
    await bus.publish([stored(1), stored(2), stored(3)]);
    await until('5 seen', () => seen.length === 5);
    expect(seen).toEqual([1, 2, 2, 2, 3]);
  });

  it('goes on consuming after its connections broke', async () => {
    const bus = await process();
    const seen = new Set<number | undefined>();
    await bus.consume('group', ['thing.changed'], async (taken) => void seen.add(taken.streamSeq));
    await bus.publish([stored(1)]);
    await until('1 was seen', () => seen.has(1));
    await breakConnections();
    await until('it can be published', () =>
      bus.publish([stored(2)]).then(
        () => true,
        () => false,
      ),
    );
    await until('2 was seen', () => seen.has(2));
  });

  if (backend === 'redis') {
    it('goes on after Redis was emptied', async () => {
      const bus = await process();
      const heard: StoredEvent[] = [];
      const seen: StoredEvent[] = [];
      bus.listen((told) => heard.push(told));
      await bus.consume('group', ['thing.changed'], async (taken) => void seen.push(taken));
      await bus.publish([stored(1), stored(2)]);
      await until('2 heard and seen', () => heard.length === 2 && seen.length === 2);
      await redis?.flush();
      await bus.publish([stored(3)]);
      await until('3 heard', () => heard.length === 3);
      await until('3 was seen', () => seen.some(({ streamSeq }) => streamSeq === 3));
      await redis?.flush();
      await until('it can be published', () => bus.publish([stored(4)]).then(() => true));
      // Listeners and consumers hear it over connections of their own, in either order.
      await until('4 was seen', () => seen.some(({ streamSeq }) => streamSeq === 4));
      await until('4 was heard', () => heard.some(({ streamSeq }) => streamSeq === 4));
      expect(numbers(heard)).toEqual([1, 2, 3, 4]);
    });

    it('starts from the beginning when the ids of the stream went backwards', async () => {
      const bus = await process();
      const heard: StoredEvent[] = [];
      const seen: StoredEvent[] = [];
      bus.listen((told) => heard.push(told));
      await bus.consume('group', ['thing.changed'], async (taken) => void seen.push(taken));
      await redis?.command(
        'xadd',
        `{test${counter}:bus}:events`,
        '9999999999999-1',
        'event',
        JSON.stringify(stored(1)),
      );
      await until('1 heard and seen', () => seen.length === 1 && heard.length === 1);
      await redis?.flush();
      await bus.publish([stored(2)]);
      await until('2 was heard and seen', () => heard.length === 2 && seen.some(({ streamSeq }) => streamSeq === 2));
      expect(numbers(heard)).toEqual([1, 2]);
    });
  }

  it('says clearly when the server cannot be reached', async () => {
    const address = backend === 'redis' ? 'redis://:geheim@127.0.0.1:1' : 'postgres://u:geheim@127.0.0.1:1/x';
    const failure = createEventBus({
      redisUrl: backend === 'redis' ? address : null,
      platformDatabaseUrl: address,
      logger: silent,
    });
    await expect(failure).rejects.toThrow(/^The event bus cannot be used at (redis|postgres):\/\/127\.0\.0\.1:1/);
    await expect(failure).rejects.not.toThrow(/geheim/);
  });
});
