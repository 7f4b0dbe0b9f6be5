import type { Pool } from 'pg';
import { withLogContext } from '../logging/index.ts';
import { until } from '../testing/index.ts';
import { appendEvents } from './append-events.ts';
import { createEventLog } from './event-log.ts';
import { append, event, startTestServer, type TestServer } from './event-test-support.ts';
import { pruneOutbox } from './prune-outbox.ts';
import type { StoredEvent } from './types.ts';

const names = (events: readonly StoredEvent[]) => events.map(({ type }) => type);

jest.setTimeout(60_000);

describe('the event log', () => {
  let server: TestServer;
  let pool: Pool;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    pool = await server.domain();
  });

  it('gives back what was appended, in order', async () => {
    const log = createEventLog({ domain: 'thing', pool });
    await withLogContext({ requestId: 'request-1' }, () =>
      append(
        pool,
        event({ type: 'a', streamSeq: 1, payload: { text: 'ü "quoted"', list: [1, null] } }),
        event({ type: 'b', stream: 'thing:2', requestId: 'own', payload: null }),
      ),
    );
    const [a, b] = await log.readAfter(null, { limit: 10 });
    expect(a).toEqual({
      id: 'thing:1',
      domain: 'thing',
      position: expect.stringMatching(/^\d+:1$/),
      type: 'a',
      version: 1,
      stream: 'thing:1',
      streamSeq: 1,
      ownerId: 'owner',
      payload: { text: 'ü "quoted"', list: [1, null] },
      requestId: 'request-1',
      occurredAt: expect.any(Date),
    });
    expect(b).toMatchObject({ id: 'thing:2', streamSeq: undefined, payload: null, requestId: 'own' });
    expect(names(await log.readAfter(a?.position ?? '', { limit: 10 }))).toEqual(['b']);
    expect(names(await log.readAfter(null, { limit: 10, types: ['b', 'c'] }))).toEqual(['b']);
    expect(names(await log.readAfter(null, { limit: 10, ownerId: 'somebody' }))).toEqual([]);
    expect(await log.streamHeads(['thing:1', 'thing:2', 'none'])).toEqual(new Map([['thing:1', 1]]));
  });

  it('never jumps over a transaction that commits late', async () => {
    const log = createEventLog({ domain: 'thing', pool });
    await append(pool, event({ type: 'first' }));
    const slow = await pool.connect();
    await slow.query('begin');
    await appendEvents(slow, [event({ type: 'slow' })]);
    await append(pool, event({ type: 'fast' }));
    const head = await log.head();

    const before = await log.readAfter(null, { limit: 10 });
    expect(names(before)).toEqual(['first']);
    await slow.query('commit');
    slow.release();

    const position = before.at(-1)?.position ?? '';
    await until('2 can be read', async () => (await log.readAfter(position, { limit: 10 })).length === 2);
    expect(names(await log.readAfter(position, { limit: 10 }))).toEqual(['slow', 'fast']);
    expect(names(await log.readAfter(head, { limit: 10 }))).toEqual(['slow', 'fast']);
  });

  it('is in order however transactions overlap, each event once', async () => {
    const writers = await server.domain(8);
    const log = createEventLog({ domain: 'thing', pool: writers });
    let position = await log.head();
    const work = Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let n = 0; n < 40; n++) {
          const client = await writers.connect();
          await client.query('begin');
          await appendEvents(client, [event({ stream: `w:${writer}`, streamSeq: n * 2 + 1 })]);
          if (n % 3 === writer % 3) await client.query('select pg_sleep(0.005)');
          await appendEvents(client, [event({ stream: `w:${writer}`, streamSeq: n * 2 + 2 })]);
          await client.query('commit');
          client.release();
        }
      }),
    );
    const seen: StoredEvent[] = [];
    await until('480 are read', async () => {
      const events = await log.readAfter(position, { limit: 7 });
      seen.push(...events);
      position = events.at(-1)?.position ?? position;
      return seen.length >= 480;
    });
    await work;
    expect(await log.readAfter(position, { limit: 10 })).toEqual([]);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(480);
    for (let writer = 0; writer < 6; writer++) {
      expect(seen.filter(({ stream }) => stream === `w:${writer}`).map(({ streamSeq }) => streamSeq)).toEqual(
        Array.from({ length: 80 }, (_, n) => n + 1),
      );
    }
  });

  it('reads a stream by number and stops before a number that is not there yet', async () => {
    const log = createEventLog({ domain: 'thing', pool });
    await append(pool, ...[1, 2, 4].map((streamSeq) => event({ streamSeq, type: `e${streamSeq}` })));
    expect(names(await log.readStream('thing:1', 0, 10))).toEqual(['e1', 'e2']);
    expect(names(await log.readStream('thing:1', 2, 10))).toEqual([]);
    await append(pool, event({ streamSeq: 3, type: 'e3' }));
    expect(names(await log.readStream('thing:1', 1, 2))).toEqual(['e2', 'e3']);
    await expect(append(pool, event({ streamSeq: 3 }))).rejects.toThrow(/unique/);
  });

  it.each(['', 'x', '1', '1:', ':1', '-1:1', '1:1:1', '1:1;drop', '18446744073709551616:1', '1:9223372036854775808'])(
    'refuses the position %j',
    async (after) => {
      await expect(createEventLog({ domain: 'thing', pool }).readAfter(after, { limit: 1 })).rejects.toMatchObject({
        extensions: { code: 'BAD_USER_INPUT', argument: 'after' },
      });
    },
  );

  it('tells readers whose place was pruned, or lies ahead of the log', async () => {
    const log = createEventLog({ domain: 'thing', pool });
    await append(pool, event({ streamSeq: 1 }), event({ streamSeq: 2 }));
    await append(pool, event({ streamSeq: 3 }));
    const [first, second, third] = await log.readAfter(null, { limit: 10 });
    if (!first || !second || !third) throw new Error('three events');
    await pool.query(`update outbox_events set occurred_at = now() - interval '8 days' where id <= 2`);

    expect(await pruneOutbox(pool, { retentionDays: 7 })).toBe(0);
    await pool.query(`insert into outbox_positions values ('relay', $1)`, [second.position]);
    expect(await pruneOutbox(pool, { retentionDays: 9 })).toBe(0);
    expect(await pruneOutbox(pool, { retentionDays: 7 })).toBe(2);

    await expect(log.readAfter(first.position, { limit: 10 })).rejects.toThrow('older than what is kept');
    expect(await log.readAfter(second.position, { limit: 10 })).toEqual([third]);
    expect(await log.readAfter(null, { limit: 10 })).toEqual([third]);
    await expect(log.readStream('thing:1', 1, 10)).rejects.toThrow('older than what is kept');
    expect(await log.readStream('thing:1', 2, 10)).toEqual([third]);
    await expect(log.readAfter('999999999999:1', { limit: 10 })).rejects.toThrow('lies ahead');
  });
});
