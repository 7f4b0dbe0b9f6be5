import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  createDatabases,
  startEmbeddedPostgres,
  withDatabase,
  type EmbeddedPostgres,
} from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import pg from 'pg';
import { EVENT_STREAM, GET, POST_JSON, POST_RESPONSE_JSON, WEB_SOCKET } from '../clients/transports.ts';
import { CREATE_WORKFLOW, echoAgent, REGISTER_AGENT, registerAgent, transformStep } from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowmesh-away-'));
let server: EmbeddedPostgres;
/** To the databases, and to that of auth. */
let line: TcpProxy;
let authLine: TcpProxy;
let product: Product;
let user: TestUser;

const port = () => Number(new URL(server.url).port);
const through = (proxy: TcpProxy, database: string) => {
  const url = new URL(withDatabase(server.url, database));
  url.port = String(proxy.port);
  return url.href;
};

/** Who asks is known from auth's database, which has a line of its own: else nothing would get as far as the others. */
beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir: folder, logger: createLogger({ level: 'warn', name: 'tests' }) });
  await createDatabases(server.url, ['auth_apart']);
  line = await TcpProxy.start(port());
  authLine = await TcpProxy.start(port());
  product = await startProduct({
    databaseUrl: through(line, 'postgres'),
    env: { AUTH_DATABASE_URL: through(authLine, 'auth_apart') },
  });
  user = await makeUser(product);
});
afterAll(async () => {
  line?.restore(port());
  await product?.stop();
  await line?.stop();
  await authLine?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const isReady = async () => (await fetch(`${product.url}/health/ready`)).status === 200;
const lines = () =>
  readFileSync(product.logFile, 'utf8')
    .split('\n')
    .filter((each) => each.startsWith('{'))
    .map((each) => JSON.parse(each) as { level: number; msg: string; err?: { message: string } });
const ERROR = 50;

/** Nothing of an outage is an error in the log. */
let linesBefore = 0;
const newErrors = () =>
  lines()
    .slice(linesBefore)
    .filter(({ level }) => level >= ERROR)
    .map(({ msg, err }) => `${msg}: ${err?.message}`);
afterEach(() => {
  const errors = newErrors();
  linesBefore = lines().length;
  expect(errors).toEqual([]);
});

const QUERIES = ['{ agents { nodes { id } } }', '{ workflows { nodes { id } } }', '{ notifications { nodes { id } } }'];
const NULLABLE = ['{ agent(id: "0198c5a0-0000-7000-8000-000000000000") { id } }'];
const MUTATIONS = [
  [REGISTER_AGENT, { input: echoAgent() }],
  [CREATE_WORKFLOW, { input: { name: unique('workflow'), steps: [transformStep('one', '1')] } }],
  [`mutation { markAllNotificationsRead(input: {}) { __typename } }`, {}],
] as const;

test('what needs a database that is away is UNAVAILABLE, of every subgraph and over every transport', async () => {
  line.cut();
  const token = user.accessToken;
  for (const query of [...QUERIES, ...NULLABLE]) {
    const told = async ({ ask }: typeof POST_JSON) => {
      const { form, code, headers } = await ask(product.url, { body: { query }, token });
      return [form, code, headers['retry-after']];
    };
    expect(await told(POST_JSON)).toEqual(['503 application/json', 'UNAVAILABLE', '5']);
    // Its specification wants 200 for an answer with data, even if that is null.
    const status = NULLABLE.includes(query) ? '200' : '503';
    const again = status === '503' ? '5' : undefined;
    const responseJson = [`${status} application/graphql-response+json`, 'UNAVAILABLE', again];
    expect(await told(POST_RESPONSE_JSON)).toEqual(responseJson);
    expect(await told(GET)).toEqual(responseJson);
    expect(await told(EVENT_STREAM)).toEqual(['200 text/event-stream: next, complete', 'UNAVAILABLE', undefined]);
    expect(await told(WEB_SOCKET)).toEqual(['next', 'UNAVAILABLE', undefined]);
  }
  for (const [mutation, variables] of MUTATIONS) {
    const { status, errors } = await user.graph.ask(mutation, variables);
    expect([status, errors.map(({ extensions }) => extensions?.code)]).toEqual([503, ['UNAVAILABLE']]);
  }
  const asked = await Promise.all(Array.from({ length: 50 }, () => user.graph.ask(QUERIES[0]!)));
  expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([503]));
  const warnings = lines()
    .slice(linesBefore)
    .filter(({ msg }) => msg === 'what the product depends on is away');
  // One each of agents, workflows and notifications.
  expect(warnings).toHaveLength(3);

  line.restore(port());
  await until('ready again', isReady, { timeoutMs: 30_000 });
  expect((await user.graph.ask(QUERIES[0]!)).status).toBe(200);
}, 60_000);

test('who asks cannot be known while the database of auth is away: UNAVAILABLE', async () => {
  authLine.cut();
  // What was asked a moment ago is known for a moment.
  const answer = await until('nothing is known any more', async () => {
    const told = await POST_JSON.ask(product.url, { body: { query: QUERIES[0] }, token: user.accessToken });
    return told.form.startsWith('200') ? null : told;
  });
  expect([answer.form, answer.code, answer.headers['retry-after']]).toEqual([
    '503 application/json',
    'UNAVAILABLE',
    '5',
  ]);
  const socket = await WEB_SOCKET.ask(product.url, { body: { query: QUERIES[0] }, token: user.accessToken });
  expect(socket.form).toMatch(/1013/);
  const exported = await fetch(`${product.url}/audit/export`, {
    headers: { authorization: `Bearer ${user.accessToken}` },
  });
  expect([exported.status, exported.headers.get('retry-after')]).toEqual([503, '5']);
  await exported.arrayBuffer();
  authLine.restore(port());
  await until('ready again', isReady, { timeoutMs: 30_000 });
}, 60_000);

test('a full disk is UNAVAILABLE, and readiness says that writes fail', async () => {
  const agents = await connected(`${product.databasePrefix}_agent`);
  await agents.query(
    `create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
     create trigger full_disk before insert on agents for each statement execute function refuse()`,
  );
  const { status, errors } = await user.graph.ask(REGISTER_AGENT, { input: echoAgent() });
  expect([status, errors[0]?.extensions?.code]).toEqual([503, 'UNAVAILABLE']);
  await agents.query('drop trigger full_disk on agents; drop function refuse()');

  // What hosts of databases do when a disk is nearly full. Connections that are open go on.
  await agents.query(`alter database ${product.databasePrefix}_agent set default_transaction_read_only = on`);
  const own = await agents.query<{ pid: number }>('select pg_backend_pid() as pid');
  const elsewhere = await connected('postgres');
  const endOthers = (database: string) =>
    elsewhere.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> $2 and pid <> pg_backend_pid()',
      [database, own.rows[0]!.pid],
    );
  await endOthers(`${product.databasePrefix}_agent`);
  await until('not ready', async () => !(await isReady()));
  const ready = (await (await fetch(`${product.url}/health/ready`)).json()) as {
    checks: { status: string; name: string }[];
  };
  expect(ready.checks.filter((check) => check.status === 'down').map(({ name }) => name)).toEqual(['agent: database']);
  expect((await user.graph.ask(QUERIES[0]!)).status).toBe(200);
  const refused = await user.graph.ask(REGISTER_AGENT, { input: echoAgent() });
  expect([refused.status, refused.errors[0]?.extensions?.code]).toEqual([503, 'UNAVAILABLE']);

  await elsewhere.query(`alter database ${product.databasePrefix}_agent reset default_transaction_read_only`);
  await endOthers(`${product.databasePrefix}_agent`);
  await agents.end();
  await elsewhere.end();
  await until('ready again', isReady, { timeoutMs: 30_000 });
  await registerAgent(user.graph);
}, 60_000);

test('an exhausted pool is UNAVAILABLE to those who get no connection; the others are answered', async () => {
  const other = await connected(`${product.databasePrefix}_agent`);
  await other.query('begin; lock table agents in access exclusive mode');
  const asked = Array.from({ length: 40 }, (_, index) =>
    user.graph.ask<object>(`{ agents(first: ${index + 1}) { nodes { id } } }`),
  );
  const first = await Promise.race(asked);
  expect([first.status, first.errors[0]?.extensions?.code]).toEqual([503, 'UNAVAILABLE']);
  await other.query('commit');
  await other.end();
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(5);
}, 60_000);

async function connected(database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: withDatabase(server.url, database) });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
