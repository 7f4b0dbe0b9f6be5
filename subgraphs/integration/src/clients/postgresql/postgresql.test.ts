import { createPool } from '@flowmesh/platform/database';
import { createTestDatabases, type TestDatabases } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import type { Pool } from 'pg';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let databases: TestDatabases<'shop'>;
let shop: Pool;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  databases = await createTestDatabases('shop');
  shop = createPool(databases.urls.shop, { max: 2, applicationName: 'test' });
  await shop.query(`
    create table orders (id int primary key, item text, placed date, at timestamptz, amount numeric, detail jsonb);
    insert into orders values (1, 'pen', '2026-03-01', '2026-03-01T10:00:00Z', 1.10, '{"a": 1}'), (2, 'ink', null, null, 2, null);
    create function note() returns int language sql as $$ insert into orders values (99, 'by function') returning id $$;`);
}, 60_000);
afterAll(async () => {
  await integrations.stop();
  await shop.end();
  await databases.drop();
}, 30_000);

/** An integration with the database behind this address. */
function register(address: string, configuration: object = {}, policy: object = {}): Promise<string> {
  const { hostname: host, port, username, password, pathname } = new URL(address);
  const database = pathname.slice(1);
  return registered(one, owner, {
    type: 'POSTGRESQL',
    configuration: {
      host,
      port: Number(port),
      database,
      user: decodeURIComponent(username),
      tls: 'OFF',
      ...configuration,
    },
    credentials: { password: decodeURIComponent(password) || 'none is needed' },
    policy: { retry: { maxAttempts: 1 }, ...policy },
  });
}
const invoke = (id: string, operation: string, sql: string, parameters: unknown[] = []): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input: { sql, parameters } });
const count = async () => (await shop.query<{ n: number }>('select count(*)::int as n from orders')).rows[0]?.n;

test('reads with parameters; values are JSON, and times stay as they are', async () => {
  const id = await register(databases.urls.shop);
  expect(await invoke(id, 'query', 'select * from orders where id = $1 and item = $2', [1, 'pen'])).toMatchObject({
    output: {
      rows: [
        {
          id: 1,
          item: 'pen',
          placed: '2026-03-01',
          at: expect.stringContaining('2026-03-01'),
          amount: '1.10',
          detail: { a: 1 },
        },
      ],
      truncated: false,
    },
  });
  const json = await invoke(id, 'query', 'select $1::jsonb as j, $2::text as t', [
    { b: [1] },
    "'; drop table orders; --",
  ]);
  expect(json.output).toEqual({ rows: [{ j: { b: [1] }, t: "'; drop table orders; --" }], truncated: false });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
});

test.each([
  ['an insert', `insert into orders values (3, 'x')`],
  ['a changing part of a query', `with gone as (delete from orders returning id) select * from gone`],
  ['a function that writes', 'select note()'],
  ['a second statement', `select 1; insert into orders values (3, 'x')`],
  ['the end of the transaction', `select 1; commit; insert into orders values (3, 'x')`],
  ['a commit', 'commit'],
  ['leave to write', `select set_config('transaction_read_only', 'off', false), note()`],
  ['a sequence', `select nextval(pg_get_serial_sequence('orders', 'id'))`],
  ['a copy to a program', `copy orders to program 'true'`],
])('a query cannot write: %s', async (_what, sql) => {
  const id = await register(databases.urls.shop, { allowWrites: true });
  const before = await count();
  const result = await invoke(id, 'query', sql);
  // Of a table without a sequence there is nothing to take a number from.
  if (!sql.includes('nextval')) expect(result).toMatchObject({ code: 'SQL', retryable: false });
  expect(await count()).toBe(before);
});

test('writes only where they are allowed, each as a whole', async () => {
  const insert = 'insert into orders (id, item) values ($1, $2), ($3, $2) returning id';
  const reading = await register(databases.urls.shop);
  expect(await invoke(reading, 'execute', insert, [10, 'x', 11])).toMatchObject({ fields: [{ path: 'input.sql' }] });
  const writing = await register(databases.urls.shop, { allowWrites: true, maxRows: 1 });
  expect((await invoke(writing, 'execute', insert, [10, 'x', 11])).output).toEqual({
    rowCount: 2,
    rows: [{ id: 10 }],
    truncated: true,
  });
  expect(await invoke(writing, 'execute', insert, [12, 'x', 10])).toMatchObject({ code: 'SQL', retryable: false });
  expect(await invoke(writing, 'execute', 'delete from orders; select 1')).toMatchObject({ code: 'SQL' });
  expect((await invoke(writing, 'execute', 'delete from orders where id >= 10')).output).toMatchObject({ rowCount: 2 });
});

test('rows are bounded, by number and by size', async () => {
  const id = await register(databases.urls.shop, { maxRows: 3 });
  expect((await invoke(id, 'query', 'select generate_series(1, 100000000) as n')).output).toEqual({
    rows: [{ n: 1 }, { n: 2 }, { n: 3 }],
    truncated: true,
  });
  const large = `select repeat('x', 10000000) as t from generate_series(1, 3)`;
  expect(await invoke(id, 'query', large)).toMatchObject({ code: 'TOO_LARGE', retryable: false });
  expect(await invoke(id, 'query', 'select 1 as n')).toMatchObject({ output: { rows: [{ n: 1 }] } });
});

test('the server ends a statement at its time, whatever the statement says, and at the end of the call', async () => {
  const id = await register(databases.urls.shop, { statementTimeoutMs: 100 });
  const begun = performance.now();
  const escape = `select set_config('statement_timeout', '0', false), pg_sleep(20)`;
  expect(await invoke(id, 'query', 'select pg_sleep(20)')).toMatchObject({ code: 'TIMEOUT' });
  expect(await invoke(id, 'query', escape)).toMatchObject({ code: 'TIMEOUT' });
  expect(performance.now() - begun).toBeLessThan(10_000);
  const patient = await register(databases.urls.shop, { statementTimeoutMs: 1_000 }, { timeoutMs: 100 });
  expect(await invoke(patient, 'query', 'select pg_sleep(20)')).toMatchObject({ code: 'TIMEOUT' });
  await until('the server has ended it', async () => {
    const sql = `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep%'
      and application_name = 'flowmesh integration'`;
    return (await shop.query(sql)).rowCount === 0;
  });
});

test('what one call leaves behind is gone for the next', async () => {
  const id = await register(databases.urls.shop);
  await invoke(id, 'query', `select pg_advisory_lock(4711), set_config('app.who', 'first', false)`);
  const after = await invoke(
    id,
    'query',
    `select current_setting('app.who', true) as who,
    (select count(*)::int from pg_locks where locktype = 'advisory' and objid = 4711) as locks`,
  );
  const { rows } = after.output as { rows: { who: string | null; locks: number }[] };
  expect([rows[0]?.who ?? '', rows[0]?.locks]).toEqual(['', 0]);
});

test('databases of the product are out of reach, and so are servers inside the network', async () => {
  for (const address of [integrations.url, integrations.platforms[0]!.config.databaseUrl ?? integrations.url]) {
    const id = await register(address);
    expect(await invoke(id, 'query', 'select id from integrations')).toMatchObject({ code: 'BLOCKED_ADDRESS' });
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { code: 'BLOCKED_ADDRESS' } });
  }
  const inside = await register('postgresql://u:password@10.0.0.1:5432/x');
  expect(await invoke(inside, 'query', 'select 1')).toMatchObject({ code: 'BLOCKED_ADDRESS' });
});

test('a wrong password is not the fault of the server; a server that is away is', async () => {
  const wrong = await register(databases.urls.shop, { user: 'nobody_here' });
  expect(await invoke(wrong, 'query', 'select 1')).toMatchObject({ code: 'AUTHENTICATION', retryable: false });
  const away = await register('postgresql://u:password@127.0.0.1:1/x');
  expect(await invoke(away, 'query', 'select 1')).toMatchObject({ code: 'CONNECTION', retryable: true });
});
