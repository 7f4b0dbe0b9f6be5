import { until } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';
import { startPostgresqlServer, type PostgresqlServer } from '../../testing/postgresql-server.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let shop: PostgresqlServer;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  shop = await startPostgresqlServer();
  await shop.pool.query(`
    set role keeper;
    create table orders (id int primary key, item text, placed date, at timestamptz, amount numeric, detail jsonb);
    insert into orders values (1, 'pen', '2026-03-01', '2026-03-01T10:00:00Z', 1.10, '{"a": 1}'), (2, 'ink', null, null, 2, null);
    create sequence numbers;
    create procedure write() language sql as $$ insert into orders values (98, 'by procedure') $$;
    create function note() returns int language sql as $$ insert into orders values (99, 'by function') returning id $$;
    reset role;`);
}, 120_000);
afterAll(async () => {
  await integrations.stop();
  await shop.stop();
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
const count = async () => (await shop.pool.query<{ n: number }>('select count(*)::int as n from orders')).rows[0]?.n;

test('reads with parameters; values are JSON, and times stay as they are', async () => {
  const id = await register(shop.keeperUrl);
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
  ['a sequence', `select nextval('numbers')`],
  ['a setting of the session', `select set_config('default_transaction_read_only', 'off', false), note()`],
  [
    'a statement without end of comment',
    `select 1 -- ; insert into orders values (3, 'x')\n; insert into orders values (3, 'x')`,
  ],
  ['a lock of a table', 'select * from orders for update'],
  ['a temporary table', 'select 1 as n into temporary t'],
  ['a role', 'set role postgres'],
  ['code', `do $$ begin insert into orders values (3, 'x'); end $$`],
  ['a call', 'call write()'],
  ['a copy to a program', `copy orders to program 'true'`],
])('a query cannot write: %s', async (_what, sql) => {
  const id = await register(shop.keeperUrl, { allowWrites: true });
  const before = await count();
  const result = await invoke(id, 'query', sql);
  expect(result).toMatchObject({ code: 'SQL', retryable: false });
  expect(await count()).toBe(before);
});

test.each([
  ['an insert', `insert into orders values (3, 'x')`, '42601'],
  ['a changing part of a query', 'with gone as (delete from orders returning id) select * from gone', '0A000'],
  ['a function that writes', 'select note()', '25006'],
])('a query that would write is told what to do instead: %s', async (_what, sql, state) => {
  const id = await register(shop.keeperUrl, { allowWrites: true });
  const { message } = await invoke(id, 'query', sql);
  expect(message).toMatch(
    new RegExp(`^The server answered ${state}: .+\\. \`query\` takes one SELECT .+ use \`execute\` to write`),
  );
});

test('other failures of a query, and those of a write, are told as the server says them', async () => {
  const id = await register(shop.keeperUrl, { allowWrites: true });
  const undefinedTable = 'The server answered 42P01: relation "nowhere" does not exist';
  expect((await invoke(id, 'query', 'select * from nowhere')).message).toBe(undefinedTable);
  expect((await invoke(id, 'execute', 'selec 1')).message).toBe(
    'The server answered 42601: syntax error at or near "selec"',
  );
});

test('writes only where they are allowed, each as a whole', async () => {
  const insert = 'insert into orders (id, item) values ($1, $2), ($3, $2) returning id';
  const reading = await register(shop.keeperUrl);
  expect(await invoke(reading, 'execute', insert, [10, 'x', 11])).toMatchObject({
    fields: [{ path: 'input.sql', message: expect.stringContaining('Read with `query`, or set `allowWrites`') }],
  });
  const writing = await register(shop.keeperUrl, { allowWrites: true, maxRows: 1 });
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
  const id = await register(shop.keeperUrl, { maxRows: 3 });
  expect((await invoke(id, 'query', 'select generate_series(1, 100000000) as n')).output).toEqual({
    rows: [{ n: 1 }, { n: 2 }, { n: 3 }],
    truncated: true,
  });
  const large = `select repeat('x', 10000000) as t from generate_series(1, 3)`;
  expect(await invoke(id, 'query', large)).toMatchObject({ code: 'TOO_LARGE', retryable: false });
  expect(await invoke(id, 'query', 'select 1 as n')).toMatchObject({ output: { rows: [{ n: 1 }] } });
});

test('what JSON cannot hold, and lists of times, are texts', async () => {
  const id = await register(shop.keeperUrl);
  const sql = `select 'NaN'::float8 as n, '-Infinity'::float4 as i, 1.5::float8 as f, 9007199254740993 as big,
    array['2026-03-01'::date, null] as dates, array['2026-03-01 10:00'::timestamp] as times, '\\xff'::bytea as bytes,
    array['1 day'::interval] as intervals, array[1, 2] as numbers`;
  expect((await invoke(id, 'query', sql)).output).toEqual({
    rows: [
      {
        ...{ n: 'NaN', i: '-Infinity', f: 1.5, big: '9007199254740993', dates: ['2026-03-01', null] },
        ...{ times: ['2026-03-01 10:00:00'], bytes: '\\xff', intervals: ['1 day'], numbers: [1, 2] },
      },
    ],
    truncated: false,
  });
});

test.each([0, 1, 15, 16, 17, 40, 999, 1_000, 1_001, 1_500])(
  'of %d rows come as many as there are, to the limit',
  async (count) => {
    const id = await register(shop.keeperUrl, { allowWrites: true });
    const rows = Array.from({ length: Math.min(count, 1_000) }, (_each, at) => ({ g: at + 1 }));
    for (const operation of ['query', 'execute']) {
      const { output } = await invoke(id, operation, `select g from generate_series(1, ${count}) g`);
      expect(output).toMatchObject({ rows, truncated: count > 1_000 });
    }
  },
);

test('rows that are larger than 1 MB together are cut, and said to be', async () => {
  const id = await register(shop.keeperUrl, { maxRows: 10_000, allowWrites: true });
  for (const operation of ['query', 'execute']) {
    const { output } = await invoke(id, operation, `select repeat('x', 100000) as t from generate_series(1, 50)`);
    const { rows, truncated } = output as { rows: unknown[]; truncated: boolean };
    expect([rows.length, truncated]).toEqual([10, true]);
  }
  const values = `select array(select generate_series(1, 20000)) as n from generate_series(1, 50)`;
  expect((await invoke(id, 'query', values)).output).toMatchObject({ truncated: true });
  const deep = `select (repeat('[', 65) || repeat(']', 65))::jsonb as j`;
  expect(await invoke(id, 'query', deep)).toMatchObject({ code: 'TOO_LARGE', retryable: false });
  expect(await invoke(id, 'query', `select (repeat('[', 60) || repeat(']', 60))::jsonb as j`)).toMatchObject({
    output: { truncated: false },
  });
  expect(await invoke(id, 'execute', 'copy orders to stdout')).toMatchObject({ output: { rows: [] } });
  expect(await invoke(id, 'execute', 'copy orders from stdin')).toMatchObject({ code: 'SQL' });
});

test('the server ends a statement at its time, whatever the statement says, and at the end of the call', async () => {
  const id = await register(shop.keeperUrl, { statementTimeoutMs: 100 });
  const begun = performance.now();
  const escape = `select set_config('statement_timeout', '0', false), pg_sleep(20)`;
  expect(await invoke(id, 'query', 'select pg_sleep(20)')).toMatchObject({ code: 'TIMEOUT' });
  expect(await invoke(id, 'query', escape)).toMatchObject({ code: 'TIMEOUT' });
  expect(performance.now() - begun).toBeLessThan(10_000);
  const patient = await register(shop.keeperUrl, { statementTimeoutMs: 1_000 }, { timeoutMs: 100 });
  expect(await invoke(patient, 'query', 'select pg_sleep(20)')).toMatchObject({ code: 'TIMEOUT' });
  await until('the server has ended it', async () => {
    const sql = `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep%'
      and application_name = 'flowmesh integration'`;
    return (await shop.pool.query(sql)).rowCount === 0;
  });
});

test('what one call leaves behind is gone for the next', async () => {
  const id = await register(shop.keeperUrl);
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

test('servers inside the network are out of reach', async () => {
  for (const host of ['10.0.0.1', '169.254.169.254', '[::1]']) {
    const configuration = { host, database: 'x', user: 'u' };
    const given = { name: 'inside', type: 'POSTGRESQL', configuration, credentials: { password: 'p' } };
    const { fields } = await mutate(one, owner, 'registerIntegration', given);
    expect(fields?.map(({ path }) => path)).toEqual(['configuration.host']);
  }
});

test('a wrong password is not the fault of the server; a server that is away is', async () => {
  const wrong = await register(shop.keeperUrl, { user: 'nobody_here' });
  expect(await invoke(wrong, 'query', 'select 1')).toMatchObject({ code: 'AUTHENTICATION', retryable: false });
  const away = await register('postgresql://u:password@127.0.0.1:1/x');
  expect(await invoke(away, 'query', 'select 1')).toMatchObject({ code: 'CONNECTION', retryable: true });
});

test('what a caller does wrong is not the fault of the server: the circuit stays closed for all others', async () => {
  const id = await register(shop.keeperUrl, { statementTimeoutMs: 100 }, { circuitBreaker: { minimumCalls: 1 } });
  const notFaults: [sql: string, parameters: unknown[], code: string][] = [
    ['select $1::int', [], 'SQL'],
    ['select 1', [1], 'SQL'],
    ['select no_such_column', [], 'SQL'],
    ['select pg_sleep(20)', [], 'TIMEOUT'],
  ];
  for (const [sql, parameters, code] of notFaults) {
    expect(await invoke(id, 'query', sql, parameters)).toMatchObject({ code, retryable: false, fault: false });
  }
  expect(await invoke(id, 'query', 'select 1 as n')).toMatchObject({ output: { rows: [{ n: 1 }] } });
});
