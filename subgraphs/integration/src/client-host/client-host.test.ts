import { performance } from 'node:perf_hooks';
import { createAddressRules, createGuardedResolve } from '@flowmesh/platform/http';
import { createPool } from '@flowmesh/platform/database';
import { CallError } from '@flowmesh/platform/resilience';
import { createTestDatabases, silent, type TestDatabases } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import type { Pool } from 'pg';
import { silence, startHostileServer, type HostileServer } from '../testing/hostile-servers.ts';
import { startRedisServer, type RedisServer } from '../testing/redis-server.ts';
import { ClientHost } from './client-host.ts';
import { ProductServers } from './product-servers.ts';

const PASSWORD = 'open sesame';
/** As many as one owner may have, of six places. */
const PLACES_OF_ONE = 5;

let databases: TestDatabases<'own'>;
let pool: Pool;
let redis: RedisServer;
let hanging: HostileServer;
let host: ClientHost;

beforeAll(async () => {
  databases = await createTestDatabases('own');
  pool = createPool(databases.urls.own, { max: 1, applicationName: 'test' });
  redis = await startRedisServer(PASSWORD);
  hanging = await startHostileServer(silence);
}, 60_000);
beforeEach(() => {
  const config = { databaseUrl: null, domainDatabaseUrls: {}, redisUrl: null };
  const rules = createAddressRules(['127.0.0.1']);
  host = new ClientHost({
    rules,
    resolve: createGuardedResolve({ rules }),
    product: new ProductServers({ pool, poolUrl: databases.urls.own, config }),
    logger: silent,
  });
});
afterEach(() => host.close());
afterAll(async () => {
  await hanging.stop();
  await redis.stop();
  await pool.end();
  await databases.drop();
}, 30_000);

interface Options {
  readonly owner?: string;
  readonly operation?: string;
  readonly input?: object | null;
  readonly signal?: AbortSignal;
  readonly urgent?: boolean;
  readonly database?: number;
}

const ask = (port: number, options: Options = {}) => {
  const { owner = 'a', operation = 'ping', input = null, urgent = true, database = 0 } = options;
  return host.run(
    {
      ...{ type: 'REDIS', password: port === redis.port ? PASSWORD : null, operation, input },
      configuration: { host: '127.0.0.1', port, tls: 'OFF', database, keyPrefix: '' },
    },
    {
      ...{ owner, urgent, repeatable: true, signal: options.signal ?? new AbortController().signal },
      serverFailure: ({ message }) => new CallError('NO', message, { retryable: false, fault: false }),
    },
  );
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error as CallError).code,
  );
const connections = () =>
  redis.direct(async (direct) => /^total_connections_received:(\d+)/m.exec(await direct.info('stats'))?.[1]);

test('processes are started when the first call is made, and end with the host', async () => {
  expect(host.pids).toEqual([]);
  expect(await ask(redis.port)).toBeNull();
  const pids = host.pids;
  expect(pids.length).toBeGreaterThan(0);
  await host.close();
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a connection is used again by the next call of the integration, and by no other', async () => {
  await ask(redis.port);
  const before = Number(await connections());
  for (let times = 0; times < 5; times += 1) await ask(redis.port);
  // The question itself is one.
  expect(Number(await connections()) - before).toBe(1);
  await ask(redis.port, { database: 1 });
  expect(Number(await connections()) - before).toBe(3);
});

test('a process that is ended in the middle of a call fails it, and nothing else', async () => {
  const calls = [codeOf(ask(hanging.port)), codeOf(ask(hanging.port, { owner: 'b' }))];
  await until('both are under way', () => host.pids.length >= 3);
  for (const pid of host.pids) process.kill(pid, 'SIGKILL');
  expect(await Promise.all(calls)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  expect(await ask(redis.port)).toBeNull();
});

test('a call ends when nobody waits for it: at once, and its place is free soon', async () => {
  const stop = new AbortController();
  const call = codeOf(ask(hanging.port, { signal: stop.signal }));
  await until('it is under way', () => host.pids.length >= 2);
  stop.abort();
  const begun = performance.now();
  expect(await call).toBe('ABORTED');
  // Well before the 10 s after which it would have ended by itself.
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(await codeOf(ask(redis.port, { signal: AbortSignal.abort() }))).toBe('ABORTED');
});

test('one owner whose server hangs leaves places to others, and what hangs makes room for what waits', async () => {
  const stop = new AbortController();
  const hung = Array.from({ length: 2 * PLACES_OF_ONE }, () => codeOf(ask(hanging.port, { signal: stop.signal })));
  expect(await ask(redis.port, { owner: 'b' })).toBeNull();
  // Its own further call waits behind those, of which one is ended after five seconds.
  expect(await Promise.race(hung)).toBe('TIMEOUT');
  stop.abort();
  expect(new Set(await Promise.all(hung))).toEqual(new Set(['TIMEOUT', 'ABORTED']));
}, 40_000);
