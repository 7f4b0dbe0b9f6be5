import { readdirSync, readFileSync } from 'node:fs';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { answering, message, READY, startHostileServer } from '../../testing/hostile-servers.ts';
import { userOf, type IntegrationProcess } from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';
import { prepareSecretSearch, type SecretSearch } from '../../testing/secret-search.ts';

const owner = userOf('owner');
const CANARY = 'canary-9f3b"&/ü';
const FORMS = [CANARY, 'canary-9f3b', encodeURIComponent(CANARY), Buffer.from(CANARY).toString('base64')].concat(
  Buffer.from(`ada:${CANARY}`).toString('base64'),
);
let search: SecretSearch;
let one: IntegrationProcess;
let service: HttpDouble;

beforeAll(async () => {
  search = await prepareSecretSearch();
  ({ one } = search);
  // It tells everybody what it was sent, in answers, errors and texts.
  service = await HttpDouble.start(({ path, headers, response }) => {
    const echo = { [String(headers.authorization)]: { path, headers }, secret: CANARY };
    if (path.startsWith('/text')) response.end(`you sent ${String(headers.authorization)} and ${CANARY}`);
    else sendJson(response, echo, path.startsWith('/fail') || path === '/' ? 500 : 200);
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await search.stop();
}, 30_000);

test.each([
  ['BASIC', { type: 'BASIC', username: 'ada' }, { password: CANARY }],
  ['API_KEY', { type: 'API_KEY', in: 'QUERY', name: 'key' }, { apiKey: CANARY }],
])(
  'a credential of %s is in no answer, error, log, event, job, metric or dump',
  async (_type, authentication, credentials) => {
    const seen: unknown[] = [];
    const messages = one.messages(owner, 'subscription { integrationHealthChanged { integrationId error } }');
    seen.push((await messages.next()).value);
    const id = await registered(one, owner, {
      configuration: { baseUrl: service.url, authentication },
      credentials,
      operations: ['echo', 'text', 'fail'].map((name) => ({ name, method: 'GET', path: `/${name}` })),
      policy: { cacheSeconds: 60, retry: { maxAttempts: 1 } },
    });
    for (const operation of ['echo', 'echo', 'text', 'fail']) {
      seen.push(await mutate(one, owner, 'invokeIntegration', { id, operation }));
    }
    seen.push(await mutate(one, owner, 'testIntegration', { id }));
    seen.push((await messages.next()).value);
    await messages.return(undefined);
    const taken = await mutate(one, owner, 'updateIntegration', {
      id,
      configuration: { baseUrl: `${service.url}/other`, authentication },
    });
    seen.push(taken);
    seen.push(
      await mutate(one, owner, 'testIntegrationClient', {
        type: 'HTTP',
        configuration: { baseUrl: service.url, authentication },
        credentials,
      }),
    );
    const query = `query Q($id: ID!) { integration(id: $id) {
    configuration credentialsSet metadata health { lastError } } integrations { nodes { configuration } } }`;
    seen.push(await one.ask(owner, query, { id }));
    expect(taken.fields).toHaveLength(1);
    expect(JSON.stringify(seen)).toContain('•••');
    // Statistics are written behind the calls.
    await until('the calls were counted', async () => {
      const sql = 'select count(*)::int as count from integration_calls where integration_id = $1';
      return (await search.integrations.pool.query<{ count: number }>(sql, [id])).rows[0]?.count === 4;
    });
    await search.expectNowhere(FORMS, seen, id);
  },
);

test.each([
  ['REDIS', 'get', { key: 'a' }, {}, (canary: string) => answering(`-ERR you sent ${canary}\r\n`)],
  [
    'POSTGRESQL',
    'query',
    { sql: 'select 1' },
    { database: 'd', user: 'u' },
    (canary: string) =>
      answering(Buffer.concat([message('E', `SFATAL\0VFATAL\0C28P01\0Myou sent ${canary}\0\0`), READY])),
  ],
])(
  'a credential of %s is nowhere, nor in the arguments and the environment of the process that has it',
  async (type, operation, input, database, echoing) => {
    const server = await startHostileServer(echoing(CANARY));
    const seen: unknown[] = [];
    try {
      const configuration = { host: '127.0.0.1', port: server.port, tls: 'OFF', ...database };
      const credentials = { password: CANARY };
      const id = await registered(one, owner, {
        ...{ type, configuration, credentials },
        policy: { retry: { maxAttempts: 1 } },
      });
      seen.push(await mutate(one, owner, 'invokeIntegration', { id, operation, input }));
      seen.push(await mutate(one, owner, 'testIntegration', { id }));
      seen.push(await mutate(one, owner, 'testIntegrationClient', { type, configuration, credentials }));
      seen.push(
        await one.ask(owner, 'query Q($id: ID!) { integration(id: $id) { configuration health { lastError } } }', {
          id,
        }),
      );
      expect(JSON.stringify(seen).match(/you sent •••/g)).toHaveLength(4);
      await search.expectNowhere(FORMS, seen, id);
      const children = childrenOf(process.pid).filter(({ commandLine }) => commandLine.includes('client-host-process'));
      expect(children.length).toBeGreaterThan(0);
      for (const { commandLine, environment } of children) {
        expect(commandLine + environment).not.toContain('canary');
        expect(environment).not.toMatch(/PG|REDIS|DATABASE|KEY/);
      }
    } finally {
      await server.stop();
    }
  },
);

/** Arguments and environment of the processes that this one has started. */
const childrenOf = (parent: number) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1');
      try {
        if (!read('status').includes(`PPid:\t${parent}\n`)) return [];
        return [{ commandLine: read('cmdline'), environment: read('environ') }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
