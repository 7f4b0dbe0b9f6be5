import { createPool, withDatabase } from '@flowmesh/platform/database';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../testing/integration-under-test.ts';
import { startLine, type Line } from '../testing/line.ts';
import { mutate, registered, type Result } from '../testing/operations.ts';
import { startPostgresqlServer, type PostgresqlServer } from '../testing/postgresql-server.ts';
import { ProductServers } from './product-servers.ts';

const owner = userOf('owner');
const PRODUCT = 'the PostgreSQL server of the product itself';
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let shop: PostgresqlServer;
/** To the server of the product. */
let line: Line;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  line = await startLine(Number(new URL(integrations.url).port));
  shop = await startPostgresqlServer();
  await shop.pool.query('create table orders (id int); alter table orders owner to keeper');
}, 120_000);
afterAll(async () => {
  await integrations.stop();
  await line.stop();
  await shop.stop();
}, 30_000);

/** An integration with the database behind this address. */
function register(address: string, configuration: object = {}): Promise<string> {
  const { hostname: host, port, username: user, password, pathname } = new URL(address);
  return registered(one, owner, {
    type: 'POSTGRESQL',
    configuration: { host, port: Number(port), database: pathname.slice(1), user, tls: 'OFF', ...configuration },
    credentials: { password },
    policy: { retry: { maxAttempts: 1 } },
  });
}
const invoke = (id: string, operation: string, sql: string, parameters: unknown[] = []): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input: { sql, parameters } });

test('the server of the product cannot be registered, whatever the database', async () => {
  for (const database of [new URL(integrations.url).pathname.slice(1), 'postgres', 'template1', 'nothing_there']) {
    const { hostname: host, port, username: user } = new URL(integrations.url);
    const result = await mutate(one, owner, 'registerIntegration', {
      ...{ name: `own ${database}`, type: 'POSTGRESQL', credentials: { password: 'any' } },
      configuration: { host, port: Number(port), database, user },
    });
    expect(result.fields).toEqual([{ path: 'configuration.host', message: expect.stringContaining(PRODUCT) }]);
  }
});

test('the server of the product is known by its address, however that is written', async () => {
  const id = await register(withDatabase(integrations.url, 'postgres'), { host: '::ffff:127.0.0.1' });
  const message = expect.stringContaining(`The address leads to ${PRODUCT}`);
  expect(await invoke(id, 'query', 'select 1')).toMatchObject({ code: 'BLOCKED_ADDRESS', retryable: false, message });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { code: 'BLOCKED_ADDRESS' } });
});

test.each(['postgres', 'template1'])('the server of the product is known at other addresses: %s', async (database) => {
  const id = await register(withDatabase(integrations.url, database), { port: line.port, allowWrites: true });
  const refused = { code: 'BLOCKED_ADDRESS', message: expect.stringContaining(`This is ${PRODUCT}`) };
  expect(await invoke(id, 'execute', 'create extension dblink')).toMatchObject({ ...refused, retryable: false });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: refused });
});

test('the server of the product is known by its start, where a user may not ask for its identifier', async () => {
  const [role, database] = [`reader_${line.port}`, `other_${line.port}`];
  const administrator = createPool(integrations.url, { max: 1, applicationName: 'test' });
  await administrator.query(`create role ${role} login password 'reads'`);
  await administrator.query(`create database ${database}`);
  const other = createPool(withDatabase(integrations.url, database), { max: 1, applicationName: 'test' });
  try {
    await other.query('revoke execute on function pg_control_system() from public');
    const url = Object.assign(new URL(withDatabase(integrations.url, database)), { username: role, password: 'reads' });
    const id = await register(url.href, { port: line.port });
    expect(await invoke(id, 'query', 'select 1')).toMatchObject({ code: 'BLOCKED_ADDRESS', retryable: false });
  } finally {
    await other.end();
    await administrator.query(`drop database ${database} with (force)`);
    await administrator.query(`drop role ${role}`);
    await administrator.end();
  }
});

test('what the product tells of its server is what it may ask', async () => {
  const role = `plain_${line.port}`;
  const administrator = createPool(integrations.url, { max: 1, applicationName: 'test' });
  const { rows } = await administrator.query('select system_identifier::text as system from pg_control_system()');
  await administrator.query(`create role ${role} login password 'plain'`);
  const url = Object.assign(new URL(integrations.url), { username: role, password: 'plain' }).href;
  const plain = createPool(url, { max: 1, applicationName: 'test' });
  const config = { databaseUrl: null, domainDatabaseUrls: {}, redisUrl: null };
  const told = () => new ProductServers({ pool: plain, poolUrl: url, config }).of('POSTGRESQL');
  const started = expect.stringMatching(/^\d{10}\.\d+$/);
  try {
    expect(await told()).toEqual({ ...rows[0], started });
    await administrator.query('revoke execute on function pg_control_system() from public');
    expect(await told()).toEqual({ system: null, started });
  } finally {
    await plain.end();
    await administrator.query(`drop role ${role}`);
    await administrator.end();
  }
});

test.each([
  ['a superuser', 'superuser'],
  ['a reader of files', 'in role pg_read_server_files'],
  ['a writer of files', 'noinherit in role pg_write_server_files'],
  ['whoever may run programs', 'in role pg_execute_server_program'],
])('%s reads only where writes are allowed', async (_what, options) => {
  await shop.pool.query(`create role mighty login password 'may' ${options}`);
  try {
    const url = Object.assign(new URL(shop.url), { username: 'mighty', password: 'may' }).href;
    const reading = await register(url);
    const refused = { code: 'TOO_PRIVILEGED', message: expect.stringContaining('Use one that may only read') };
    expect(await invoke(reading, 'query', 'select 1 as n')).toMatchObject({ ...refused, retryable: false });
    expect(await mutate(one, owner, 'testIntegration', { id: reading })).toMatchObject({ test: refused });
    const writing = await register(url, { allowWrites: true });
    expect((await invoke(writing, 'query', 'select 1 as n')).output).toMatchObject({ rows: [{ n: 1 }] });
  } finally {
    await shop.pool.query('drop role mighty');
  }
});

test('dblink, which writes outside of a transaction, must be out of reach of whoever only reads', async () => {
  await shop.pool.query('create extension dblink schema public');
  try {
    const id = await register(shop.keeperUrl);
    const { port } = new URL(shop.url);
    const insert = `insert into orders values (97)`;
    const sql = `select * from dblink_exec($1, $2)`;
    const parameters = [`host=127.0.0.1 port=${port} dbname=shop user=keeper password=keeps`, insert];

    expect(await invoke(id, 'query', sql, parameters)).toMatchObject({ code: 'TOO_PRIVILEGED', retryable: false });
    expect((await shop.pool.query('select id from orders')).rows).toEqual([]);
    await shop.pool.query('revoke execute on all functions in schema public from public');
    // Settings of another name have a connection of their own.
    const asked = await register(shop.keeperUrl, { maxRows: 2 });
    expect(await invoke(asked, 'query', sql, parameters)).toMatchObject({ code: 'SQL', retryable: false });
    expect((await invoke(asked, 'query', 'select 1 as n')).output).toMatchObject({ rows: [{ n: 1 }] });
  } finally {
    await shop.pool.query('drop extension dblink');
  }
});
