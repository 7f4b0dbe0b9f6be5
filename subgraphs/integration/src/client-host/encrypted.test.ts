import { until } from '@flowmesh/platform/testing';
import { prepareIntegrations, userOf } from '../testing/integration-under-test.ts';
import type { IntegrationProcess, IntegrationUnderTest } from '../testing/integration-under-test.ts';
import { mutate, registered } from '../testing/operations.ts';
import { startPostgresqlServer, type PostgresqlServer } from '../testing/postgresql-server.ts';
import { startRedisServer, type RedisServer } from '../testing/redis-server.ts';
import { startTlsFront, type TlsFront } from '../testing/tls-front.ts';

const owner = userOf('owner');
const PASSWORD = 'open sesame';
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let shop: PostgresqlServer;
let redis: RedisServer;
let ofRedis: TlsFront;
let ofPostgresql: TlsFront;

beforeAll(async () => {
  integrations = await prepareIntegrations({ env: { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1,localhost' } });
  one = await integrations.process();
  shop = await startPostgresqlServer();
  redis = await startRedisServer(PASSWORD);
  ofRedis = await startTlsFront(redis.port, { asked: false });
  ofPostgresql = await startTlsFront(shop.port, { asked: true });
}, 120_000);
afterAll(async () => {
  await integrations.stop();
  await ofRedis.stop();
  await ofPostgresql.stop();
  await redis.stop();
  await shop.stop();
}, 30_000);

const policy = { retry: { maxAttempts: 1 } };
const redisAt = (host: string, tls: string) =>
  registered(one, owner, {
    ...{ type: 'REDIS', policy, credentials: { password: PASSWORD } },
    configuration: { host, port: ofRedis.port, tls },
  });
function postgresqlAt(host: string, tls: string): Promise<string> {
  const { username, password, pathname } = new URL(shop.keeperUrl);
  const user = decodeURIComponent(username);
  return registered(one, owner, {
    ...{ type: 'POSTGRESQL', policy, credentials: { password: decodeURIComponent(password) || 'none is needed' } },
    configuration: {
      host,
      port: ofPostgresql.port,
      tls,
      user,
      database: pathname.slice(1),
      statementTimeoutMs: 20_000,
    },
  });
}
const invoke = (id: string, operation: string, input: object) =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input });

test.each(['127.0.0.1', 'localhost'])('whoever answers is spoken to where that was wanted: %s', async (host) => {
  const before = [ofRedis.encrypted(), ofPostgresql.encrypted()];
  expect(await invoke(await redisAt(host, 'UNVERIFIED'), 'get', { key: 'a' })).toMatchObject({
    output: { value: null },
  });
  expect(await invoke(await postgresqlAt(host, 'UNVERIFIED'), 'query', { sql: 'select 1 as n' })).toMatchObject({
    output: { rows: [{ n: 1 }] },
  });
  expect([ofRedis.encrypted(), ofPostgresql.encrypted()]).toEqual(before.map((count) => count + 1));
});

test.each(['127.0.0.1', 'localhost'])('a certificate that nobody has signed is refused otherwise: %s', async (host) => {
  for (const [id, operation, input] of [
    [await redisAt(host, 'VERIFIED'), 'get', { key: 'a' }],
    [await postgresqlAt(host, 'VERIFIED'), 'query', { sql: 'select 1' }],
  ] as const) {
    expect(await invoke(id, operation, input)).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('self-signed certificate'),
    });
  }
});

test('a statement is cancelled over an encrypted connection too, when its caller is out of time', async () => {
  const id = await postgresqlAt('localhost', 'UNVERIFIED');
  await mutate(one, owner, 'updateIntegration', { id, policy: { ...policy, timeoutMs: 1_000 } });
  expect(await invoke(id, 'query', { sql: 'select pg_sleep(60)' })).toMatchObject({ code: 'TIMEOUT' });
  await until('the server has ended it', async () => {
    const sql = `select 1 from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%'
      and application_name = 'flowmesh integration' and state = 'active'`;
    return (await shop.pool.query(sql)).rowCount === 0;
  });
});
