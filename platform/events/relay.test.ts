import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { until } from '../testing/index.ts';
import { appendEvents } from './append-events.ts';
import { createEventBus } from './event-bus.ts';
import { createEventLog } from './event-log.ts';
import { append, event, silent, startTestServer, type TestServer } from './event-test-support.ts';
import { startRelay, type Relay, type RelayOptions } from './relay.ts';
import type { EventBus, StoredEvent } from './types.ts';

jest.setTimeout(60_000);

describe('the relay', () => {
  let server: TestServer;
  let pool: Pool;
  let platformDatabaseUrl: string;
  let bus: EventBus;
  let heard: StoredEvent[];
  const relays: Relay[] = [];

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    pool = await server.domain();
    platformDatabaseUrl = await server.database();
    bus = await createEventBus({ redisUrl: null, platformDatabaseUrl, logger: silent });
    heard = [];
    bus.listen((told) => heard.push(told));
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await bus.close();
  });

  const start = (options: Partial<RelayOptions> = {}): Relay => {
    const relay = startRelay({ domain: 'thing', pool, bus, logger: silent, ...options });
    relays.push(relay);
    return relay;
  };

  it('hands over what the log holds, soon after a poke', async () => {
    const relay = start({ pollMs: 60_000 });
    const delays: number[] = [];
    for (let n = 1; n <= 30; n++) {
      await append(pool, event({ streamSeq: n }));
      const committed = performance.now();
      relay.poke();
      await new Promise<void>((resolve) => {
        const stop = bus.listen(() => {
          stop();
          resolve();
        });
      });
      delays.push(performance.now() - committed);
    }
    expect(heard).toEqual(await createEventLog({ domain: 'thing', pool }).readAfter(null, { limit: 100 }));
    expect(heard).toHaveLength(30);
    // The median is a few milliseconds; the bound leaves room for a busy machine.
    expect(delays.sort((a, b) => a - b)[15]).toBeLessThan(200);
  });

  it('looks by itself when nobody pokes', async () => {
    start({ pollMs: 20 });
    await append(pool, event());
    await until('1 heard', () => heard.length === 1);
  });

  it('hands each event over once with several relays, wherever the poke comes from', async () => {
    const otherBus = await createEventBus({ redisUrl: null, platformDatabaseUrl, logger: silent });
    const both = [start({ pollMs: 5 }), start({ pollMs: 5, bus: otherBus })];
    await Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let n = 1; n <= 100; n++) {
          await append(pool, event({ stream: `w:${writer}`, streamSeq: n }));
          both[n % 2]?.poke();
        }
      }),
    );
    await until('400 heard', () => heard.length >= 400);
    const log = createEventLog({ domain: 'thing', pool });
    expect(heard.map(({ id }) => id)).toEqual((await log.readAfter(null, { limit: 1_000 })).map(({ id }) => id));
    await otherBus.close();
  });

  it('hands over again after a crash before the position was stored, and the bus keeps one', async () => {
    let crash = true;
    const crashing: EventBus = {
      ...bus,
      publish: async (events) => {
        await bus.publish(events);
        if (crash) throw new Error('killed');
      },
    };
    await append(pool, event({ type: 'a' }), event({ type: 'b' }));
    start({ bus: crashing });
    await until('2 heard', () => heard.length === 2);
    crash = false;
    await until('the position is kept', async () => (await pool.query('select from outbox_positions')).rowCount === 1);
    await append(pool, event({ type: 'c' }));
    await until('3 heard', () => heard.length >= 3);
    expect(heard.map(({ type }) => type)).toEqual(['a', 'b', 'c']);
  });

  it('waits for older transactions, and hands over soon after they end', async () => {
    const metrics = new Registry();
    const relay = start({ pollMs: 60_000, metrics });
    const slow = await pool.connect();
    await slow.query('begin');
    await appendEvents(slow, [event({ type: 'slow' })]);
    await append(pool, event({ type: 'fast' }));
    relay.poke();
    const lag = async () => (await metrics.getSingleMetric('events_outbox_lag_seconds')?.get())?.values[0]?.value ?? 0;
    await until('it lags', async () => (await lag()) > 0.05);
    expect(heard).toEqual([]);
    await slow.query('commit');
    slow.release();
    await until('2 heard', () => heard.length === 2);
    expect(heard.map(({ type }) => type)).toEqual(['slow', 'fast']);
    await until('it does not lag', async () => (await lag()) === 0);
    expect((await metrics.getSingleMetric('events_published_total')?.get())?.values).toEqual([
      { labels: { domain: 'thing' }, value: 2 },
    ]);
  });

  it('needs one connection only', async () => {
    const small = await server.domain(1);
    const relay = start({ pool: small, pollMs: 5 });
    for (let n = 0; n < 50; n++) {
      await append(small, event());
      relay.poke();
    }
    await until('50 heard', () => heard.length === 50);
  });

  it('goes on with an outbox that was restored into a server with younger transactions', async () => {
    await append(pool, event({ type: 'old', streamSeq: 1 }));
    await pool.query(`update outbox_events set transaction_id = '99999999999'`);
    await pool.query(`insert into outbox_positions values ('relay', '99999999999:1')`);
    start({ pollMs: 5 });
    await until('1 heard', () => heard.length === 1);
    await append(pool, event({ type: 'new', streamSeq: 2 }));
    await until('2 heard', () => heard.length === 2);
    const log = createEventLog({ domain: 'thing', pool });
    expect((await log.readAfter(null, { limit: 10 })).map(({ type }) => type)).toEqual(['old', 'new']);
  });
});
