import type { Pool } from 'pg';
import { ANONYMOUS } from '../access/index.ts';
import { createEventBus } from './event-bus.ts';
import { createEventLog } from './event-log.ts';
import { append, event, silent, startTestServer, type TestServer } from './event-test-support.ts';
import { subscriberCount } from './live-feeds.ts';
import { startRelay, type Relay } from './relay.ts';
import { streamUpdates, updatesOfLog, updatesOfObject, type LiveCaller } from './stream-updates.ts';
import type { EventBus } from './types.ts';

jest.setTimeout(60_000);

let server: TestServer;
let pool: Pool;
let bus: EventBus;
let relay: Relay;
let caller: LiveCaller;

beforeAll(async () => {
  server = await startTestServer();
  bus = await createEventBus({ redisUrl: null, platformDatabaseUrl: await server.database(), logger: silent });
});
afterAll(async () => {
  await bus.close();
  await server.stop();
});
beforeEach(async () => {
  pool = await server.domain();
  relay = startRelay({ domain: 'thing', pool, bus, logger: silent });
  caller = { viewer: ANONYMOUS, services: { log: createEventLog({ domain: 'thing', pool }), bus } };
});
afterEach(async () => {
  expect(subscriberCount(bus)).toBe(0);
  await relay.stop();
});

/** What is there to be seen of the thing: it has come to this event, and ends with the fourth. */
interface Thing {
  seq: number;
}

/** The thing comes to these events. */
async function happen(thing: Thing, ...seqs: number[]): Promise<void> {
  await append(pool, ...seqs.map((streamSeq) => event({ streamSeq })));
  thing.seq = seqs.at(-1) ?? thing.seq;
  relay.poke();
}

const follow = (thing: Thing | null, after: string | null = null) =>
  streamUpdates(
    caller,
    after,
    updatesOfObject({
      stream: 'thing:1',
      find: () => Promise.resolve(thing && { ...thing }),
      missing: { argument: 'id', what: 'thing' },
      seqOf: ({ seq }) => seq,
      hasEnded: ({ seq }) => seq >= 4,
      show: ({ seq }, told) => ({ seq, by: told?.streamSeq ?? null }),
    }),
  );

const shown = (cursor: string, seq: number, by: number | null) => ({ cursor, seq, by, occurredAt: expect.any(Date) });

test('an object: its state, every event, and the end with the object', async () => {
  const thing = { seq: 0 };
  await happen(thing, 1, 2);
  const stream = await follow(thing);
  expect((await stream.next()).value).toEqual(shown('2', 2, null));
  const third = stream.next();
  await happen(thing, 3);
  expect((await third).value).toEqual(shown('3', 3, 3));
  await happen(thing, 4);
  expect((await stream.next()).value).toEqual(shown('4', 4, 4));
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('an object, behind a cursor: just what followed, also when it has ended since', async () => {
  const thing = { seq: 0 };
  await happen(thing, 1, 2, 3, 4);
  const read = async (after: string) => {
    const cursors: string[] = [];
    for await (const { cursor } of await follow(thing, after)) cursors.push(cursor);
    return cursors;
  };
  expect(await Promise.all(['0', '2', '4'].map(read))).toEqual([['1', '2', '3', '4'], ['3', '4'], []]);
});

test('what is not there, and a cursor that leads nowhere, are refused before there is a stream', async () => {
  const refused = (argument: string, message: string) => ({
    message,
    extensions: { code: 'BAD_USER_INPUT', argument },
  });
  await expect(follow(null)).rejects.toMatchObject(refused('id', 'id: There is no such thing, or you may not see it.'));
  await expect(follow({ seq: 0 }, '7')).rejects.toMatchObject(
    refused('after', 'after: lies ahead of everything there is; subscribe again without it.'),
  );
});

test('a log: a marker, then what is wanted and belongs to the viewer, also behind a cursor', async () => {
  const watch = (after: string | null) =>
    streamUpdates(
      caller,
      after,
      updatesOfLog<'MADE' | 'BROKEN' | 'PAINTED', { readonly n: number | null }>({
        shownAs: { 'thing.made': 'MADE', 'thing.broken': 'BROKEN', 'thing.painted': 'PAINTED' },
        types: ['MADE', 'BROKEN'],
        ownerId: 'owner',
        marker: { n: null },
        show({ payload }) {
          const { n } = payload as { n: number };
          return n < 100 ? { n } : null;
        },
      }),
    );
  const stream = await watch(null);
  const marker = (await stream.next()).value;
  expect(marker).toEqual({ n: null, type: null, cursor: expect.any(String), occurredAt: expect.any(Date) });
  const made = stream.next();
  await append(
    pool,
    event({ type: 'thing.painted', payload: { n: 1 } }),
    event({ type: 'thing.made', ownerId: 'somebody else', payload: { n: 2 } }),
    event({ type: 'thing.made', payload: { n: 100 } }),
    event({ type: 'thing.made', payload: { n: 3 } }),
    event({ type: 'thing.broken', payload: { n: 4 } }),
  );
  relay.poke();
  const first = (await made).value;
  expect(first).toMatchObject({ n: 3, type: 'MADE' });
  expect((await stream.next()).value).toMatchObject({ n: 4, type: 'BROKEN' });
  await stream.return?.();

  const resumed = await watch(first?.cursor ?? null);
  expect((await resumed.next()).value).toMatchObject({ n: null, type: null, cursor: first?.cursor });
  expect((await resumed.next()).value).toMatchObject({ n: 4, type: 'BROKEN' });
  const waiting = resumed.next();
  await resumed.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
});
