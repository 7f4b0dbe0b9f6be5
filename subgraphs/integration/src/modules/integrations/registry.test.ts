import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

const owner = userOf('owner');
const stranger = userOf('stranger');
const BEARER = { baseUrl: 'https://api.example/v1', authentication: { type: 'BEARER' } };
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
}, 60_000);
afterAll(() => integrations.stop(), 30_000);

const paths = (result: { fields?: readonly { path: string }[] }) => result.fields?.map(({ path }) => path).sort();

test('every problem is told at once, and nothing is stored', async () => {
  const result = await mutate(one, owner, 'registerIntegration', {
    name: '',
    type: 'HTTP',
    configuration: {
      baseUrl: 'http://10.0.0.1/',
      authentication: { type: 'BASIC', username: 'u' },
      headers: { host: 'x' },
    },
    credentials: { token: 'not of this kind' },
    operations: [
      { name: 'one', method: 'GET', path: '/a?b', inputSchema: { type: 'nonsense' } },
      { name: 'one', method: 'GET', path: '/../a/{}', body: 'x' },
      { name: 'three', method: 'POST', path: '/a/{b', headers: ['content-length'] },
    ],
    policy: { timeoutMs: 1, rateLimit: { calls: 0, perSeconds: 1 } },
    tags: ['a\0'],
  });
  expect(paths(result)).toEqual([
    'configuration.baseUrl',
    'configuration.headers.host',
    'credentials.password',
    'credentials.token',
    'name',
    'operations[0].inputSchema.type',
    'operations[0].path',
    'operations[1].body',
    'operations[1].name',
    'operations[1].path',
    'operations[2].headers[0]',
    'operations[2].path',
    'policy.rateLimit.calls',
    'policy.timeoutMs',
    'tags[0]',
  ]);
  const sql = 'select (select count(*) from integrations)::int + (select count(*) from outbox_events)::int as count';
  expect((await integrations.pool.query(sql)).rows).toEqual([{ count: 0 }]);
});

test('settings that are not of the type are refused by name', async () => {
  const register = (configuration: object) =>
    mutate(one, owner, 'registerIntegration', { name: 'x', type: 'HTTP', configuration });
  expect(paths(await register({}))).toEqual(['configuration.baseUrl']);
  expect(
    paths(await register({ baseUrl: 'https://a.example', authentication: { type: 'API_KEY', name: 'host' } })),
  ).toEqual(['configuration.authentication.name']);
  expect(paths(await register({ ...BEARER }))).toEqual(['credentials.token']);
  expect(paths(await register({ baseUrl: 'https://u:p@a.example/?q=1' }))).toEqual(['configuration.baseUrl']);
});

test.each([
  ['AUTH0', { domain: 'x' }, 'domain', 'baseUrl, clientId, audience'],
  ['HTTP', { authentication: { type: 'BASIC', user: 'ada' } }, 'authentication.user', 'type, username'],
  ['STORAGE', { provider: { type: 'GCS', key: 'a' } }, 'provider.key', 'type, bucket, clientEmail, baseUrl, tokenUrl'],
])('a name that the settings of %s do not have is told together with those that they have', async (...given) => {
  const [type, configuration, name, names] = given;
  const result = await mutate(one, owner, 'registerIntegration', { name: 'x', type, configuration });
  const message = `is not used; these are: ${names}`;
  expect(result.fields).toContainEqual({ path: `configuration.${name}`, message });
});

test.each([
  ['/../x', 'must not have the steps . and ..'],
  ['a/%2E%2e', 'must not have the steps . and ..'],
  ['/.', 'must not have the steps . and ..'],
  ['..\\x', 'must be a path without parameters'],
  ['.\t./x', 'must be a path without parameters'],
  ['/ping?all=1', 'must be a path without parameters'],
  ['/{id}', 'must be a path without parameters'],
  ['https://other.example/health', 'must be a path below `baseUrl`, not another address'],
  ['//other.example/health', 'must be a path below `baseUrl`, not another address'],
])('the path of tests stays below the base address: %j', async (healthPath, message) => {
  const configuration = { baseUrl: 'https://api.example/v1', healthPath };
  const result = await mutate(one, owner, 'registerIntegration', { name: 'x', type: 'HTTP', configuration });
  expect(result.fields).toEqual([{ path: 'configuration.healthPath', message }]);
});

test.each(['Authorization', 'x-api-key', 'Cookie'])('a header that holds a credential is refused: %s', async (name) => {
  const configuration = { baseUrl: 'https://api.example', headers: { [name]: 'Bearer secret' } };
  const result = await mutate(one, owner, 'registerIntegration', { name: 'x', type: 'HTTP', configuration });
  const message = 'is shown to all who see the integration: use `authentication` and `credentials`';
  expect(result.fields).toEqual([{ path: `configuration.headers.${name}`, message }]);
});

test('an address with a port that is never called is refused', async () => {
  const configuration = { baseUrl: 'https://api.example:5060' };
  const result = await mutate(one, owner, 'registerIntegration', { name: 'x', type: 'HTTP', configuration });
  const message = 'must have another port: HTTP clients refuse to call 5060';
  expect(result.fields).toEqual([{ path: 'configuration.baseUrl', message }]);
});

test('of many registrations of one name the database lets one through', async () => {
  const input = { name: 'unique', type: 'HTTP', configuration: { baseUrl: 'https://api.example' } };
  const results = await Promise.all(Array.from({ length: 2 }, () => mutate(one, owner, 'registerIntegration', input)));
  expect(results.filter(({ integration }) => integration)).toHaveLength(1);
  expect(results.filter(({ code }) => code === 'INTEGRATION_NAME_TAKEN')).toHaveLength(1);
});

test('credentials left out stay, go with null, and must be given again where they would go elsewhere', async () => {
  const id = await registered(one, owner, { configuration: BEARER, credentials: { token: 'first token' } });
  const change = (more: object) => mutate(one, owner, 'updateIntegration', { id, ...more });
  expect(await change({ description: 'kept' })).toMatchObject({ integration: { version: 2 } });
  const sameAddress = { ...BEARER, baseUrl: 'HTTPS://api.example:443/v1/', healthPath: '/ping' };
  expect(await change({ configuration: sameAddress })).toMatchObject({ integration: { version: 3 } });
  const elsewhere = { ...BEARER, baseUrl: 'https://evil.example/v1' };
  expect((await change({ configuration: elsewhere })).fields).toEqual([
    { path: 'credentials.token', message: 'must be given again, because it would go to another address or account' },
  ]);
  expect(await change({ configuration: elsewhere, credentials: { token: 'second token' } })).toMatchObject({
    integration: { version: 4 },
  });
  expect(paths(await change({ credentials: { token: null } }))).toEqual(['credentials.token']);
  expect(await change({ configuration: { ...elsewhere, authentication: { type: 'NONE' } } })).toMatchObject({
    integration: { version: 5 },
  });
  const query = 'query Q($id: ID!) { integration(id: $id) { version credentialsSet configuration } }';
  expect(await one.ask(owner, query, { id })).toMatchObject({ integration: { version: 5, credentialsSet: [] } });
});

test('a change of another version is refused; what is left out stays, and null empties', async () => {
  const operations = [{ name: 'get', method: 'GET', path: '/things/{id}', query: ['q'] }];
  const id = await registered(one, owner, {
    description: 'before',
    configuration: { baseUrl: 'https://api.example' },
    operations,
    tags: ['a'],
    policy: { rateLimit: { calls: 5, perSeconds: 10 }, retry: { maxAttempts: 1 } },
  });
  const late = await mutate(one, owner, 'updateIntegration', { id, expectedVersion: 2, name: 'late' });
  expect(late).toMatchObject({ code: 'CONFLICT' });
  await mutate(one, owner, 'updateIntegration', { id, policy: { timeoutMs: 500 } });
  const query = `query Q($id: ID!) { integration(id: $id) {
    description tags status version
    operations { name readOnly repeatable http { method path query body } }
    policy { timeoutMs cacheSeconds rateLimit { calls perSeconds } retry { maxAttempts initialDelayMs } }
    rateLimit { calls remaining } cache { entries } circuitBreaker { state observers { process } } health { state } } }`;
  const shown = {
    description: 'before',
    tags: ['a'],
    status: 'ACTIVE',
    version: 2,
    operations: [
      {
        name: 'get',
        readOnly: true,
        repeatable: true,
        http: { method: 'GET', path: '/things/{id}', query: ['q'], body: null },
      },
    ],
    policy: {
      timeoutMs: 500,
      cacheSeconds: 0,
      rateLimit: { calls: 5, perSeconds: 10 },
      retry: { maxAttempts: 1, initialDelayMs: 200 },
    },
    rateLimit: { calls: 5, remaining: 5 },
    cache: null,
    circuitBreaker: { state: 'CLOSED', observers: [] },
    health: { state: 'UNKNOWN' },
  };
  expect(await one.ask(owner, query, { id })).toEqual({ integration: shown });
  const emptied = { id, description: null, tags: null, operations: null, policy: { rateLimit: null } };
  await mutate(one, owner, 'updateIntegration', { ...emptied, status: 'INACTIVE' });
  expect(await one.ask(owner, query, { id })).toMatchObject({
    integration: {
      description: null,
      tags: [],
      status: 'INACTIVE',
      operations: [],
      policy: { rateLimit: null },
      rateLimit: null,
    },
  });
});

test('others see and change nothing; whoever may see all sees it', async () => {
  const id = await registered(one, owner, { configuration: { baseUrl: 'https://api.example' } });
  const query =
    'query Q($id: ID!) { integration(id: $id) { id } integrationOperations(integrationId: $id) { totalCount } }';
  expect(await one.ask(stranger, query, { id })).toEqual({ integration: null, integrationOperations: null });
  for (const name of ['updateIntegration', 'deleteIntegration', 'testIntegration', 'resetCircuitBreaker'] as const) {
    expect(await mutate(one, stranger, name, { id })).toMatchObject({ code: 'NOT_FOUND' });
  }
  const invoke = { id, operation: 'x' };
  expect(await mutate(one, stranger, 'invokeIntegration', invoke)).toMatchObject({ code: 'NOT_FOUND' });
  const observer = userOf('observer', ['integration:read', 'integration:read-any']);
  expect(await one.ask(observer, query, { id })).toEqual({
    integration: { id },
    integrationOperations: { totalCount: 0 },
  });
  const list = '{ integrations(first: 1, filter: { type: HTTP }) { totalCount nodes { owner { id } } } }';
  expect(await one.ask(stranger, list)).toEqual({ integrations: { totalCount: 0, nodes: [] } });
  expect(await mutate(one, owner, 'deleteIntegration', { id })).toMatchObject({ integrationId: id });
  expect(await one.ask(owner, query, { id })).toEqual({ integration: null, integrationOperations: null });
  const { rows } = await integrations.pool.query('select type from outbox_events where stream = $1 order by id', [
    `integration:${id}`,
  ]);
  expect(rows).toEqual([{ type: 'integration.registered' }, { type: 'integration.deleted' }]);
});

test('each type says what its settings are, so that a form can be made of it', async () => {
  const query = `{ integrationClients { type title operations { name } health { total healthy unhealthy } }
    integrationClient(type: HTTP) { configurationSchema credentialsSchema } }`;
  const viewer = userOf('nobody yet');
  const { integrationClients, integrationClient } = await one.ask<{
    integrationClients: object[];
    integrationClient: { configurationSchema: object; credentialsSchema: object };
  }>(viewer, query);
  const health = { total: 0, healthy: 0, unhealthy: 0 };
  expect(integrationClients).toContainEqual({ type: 'HTTP', title: 'HTTP service', operations: [], health });
  expect(integrationClient.configurationSchema).toMatchObject({
    type: 'object',
    required: ['baseUrl'],
    additionalProperties: false,
    properties: {
      baseUrl: { type: 'string' },
      authentication: { oneOf: expect.any(Array), default: { type: 'NONE' } },
    },
  });
  expect(integrationClient.credentialsSchema).toMatchObject({
    properties: { token: { type: 'string', writeOnly: true } },
  });
});

describe('operations', () => {
  const operation = (name: string, method: string, description?: string) => ({
    ...{ name, method, path: `/${name}` },
    ...(description && { description }),
  });
  const LIST = `query L($id: ID!, $filter: IntegrationOperationFilter, $first: Int, $after: String) {
    integrationOperations(integrationId: $id, filter: $filter, first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { name } }
    integration(id: $id) { operations(filter: $filter) { name } } }`;
  interface Listed {
    integrationOperations: {
      totalCount: number;
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
      nodes: { name: string }[];
    };
    integration: { operations: { name: string }[] };
  }
  let id: string;
  const list = async (args: object) => {
    const { integrationOperations: page, integration } = await one.ask<Listed>(owner, LIST, { id, ...args });
    const names = (of: { name: string }[]) => of.map(({ name }) => name);
    return { ...page, nodes: names(page.nodes), all: names(integration.operations) };
  };

  beforeAll(async () => {
    id = await registered(one, owner, {
      configuration: { baseUrl: 'https://api.example' },
      operations: [
        operation('sell', 'POST', 'Sells a Lamp'),
        operation('find', 'GET', 'Finds lamps'),
        operation('Audit', 'GET'),
        operation('lampOff', 'PUT'),
      ],
    });
    const get = { operationId: 'imported', responses: {} };
    const document = JSON.stringify({
      openapi: '3.1.0',
      info: { title: 't', version: '1' },
      paths: { '/imported': { get } },
    });
    await mutate(one, owner, 'importOpenApi', { id, document });
  });

  test('are listed by name, page by page', async () => {
    const first = await list({ first: 3 });
    expect(first).toMatchObject({
      totalCount: 5,
      nodes: ['Audit', 'find', 'imported'],
      pageInfo: { hasNextPage: true },
    });
    const rest = await list({ first: 3, after: first.pageInfo.endCursor });
    expect(rest).toMatchObject({ totalCount: 5, nodes: ['lampOff', 'sell'], pageInfo: { hasNextPage: false } });
    expect(first.all).toEqual(['sell', 'find', 'Audit', 'lampOff', 'imported']);
  });

  test.each([
    [{ search: 'LAMP' }, ['find', 'lampOff', 'sell']],
    [{ search: '' }, ['Audit', 'find', 'imported', 'lampOff', 'sell']],
    [{ readOnly: false }, ['lampOff', 'sell']],
    [{ readOnly: true, search: 'lamp' }, ['find']],
    [{ imported: true }, ['imported']],
    [{ imported: false, readOnly: true }, ['Audit', 'find']],
    [{ search: 'nothing' }, []],
  ])('that match %j', async (filter, names) => {
    const found = await list({ filter });
    expect({ nodes: found.nodes, totalCount: found.totalCount }).toEqual({ nodes: names, totalCount: names.length });
    expect(found.all.sort()).toEqual([...names].sort());
  });

  test('a page or a search that cannot be is refused, by name', async () => {
    const refusal = (args: object) => one.ask(owner, LIST, { id, ...args }).catch((error: Error) => error.message);
    expect(await refusal({ first: 0 })).toContain('first: must be from 1 to 100');
    expect(await refusal({ after: 'x' })).toContain('after: is not a cursor of this list');
    const search = 'x'.repeat(101);
    expect(await refusal({ filter: { search } })).toContain('filter.search: must have at most 100 characters');
  });
});

const baseUrl = 'https://a.example';
const API_KEY = (where: string) => ({
  configuration: { baseUrl, authentication: { type: 'API_KEY', in: where, name: 'x-key' } },
});
const MAIL = { from: 'a@b.test' };

describe.each(['a\r\nX-Evil: 1', 'a\nb', '🔑'])('the credential %j', (secret) => {
  const register = (input: object) => mutate(one, owner, 'registerIntegration', { name: 'x', type: 'HTTP', ...input });

  test.each([
    ['an API key', 'apiKey', API_KEY('HEADER')],
    ['a bearer token', 'token', { configuration: { baseUrl, authentication: { type: 'BEARER' } } }],
    ['the token of a bot', 'token', { type: 'SLACK', configuration: { authentication: 'BOT' } }],
    ['the key of SendGrid', 'apiKey', { type: 'EMAIL', configuration: { ...MAIL, provider: { type: 'SENDGRID' } } }],
  ])('is refused as %s, which is sent in a header', async (_what, name, input) => {
    const message = 'must be one line of characters up to U+00FF, because it is sent in a header';
    expect((await register({ ...input, credentials: { [name]: secret } })).fields).toEqual([
      { path: `credentials.${name}`, message },
    ]);
    const good = await register({ ...input, name: `good ${Math.random()}`, credentials: { [name]: 'good' } });
    const rotation = { id: good.integration?.id, credentials: { [name]: secret }, skipTest: true };
    expect((await mutate(one, owner, 'rotateIntegrationCredentials', rotation)).fields).toEqual([
      { path: `credentials.${name}`, message },
    ]);
  });

  test.each([
    ['in the address', 'apiKey', API_KEY('QUERY')],
    ['encoded', 'password', { configuration: { baseUrl, authentication: { type: 'BASIC', username: 'u' } } }],
  ])('is good when it is sent %s', async (_where, name, input) => {
    const given = { ...input, name: `other ${Math.random()}`, credentials: { [name]: secret } };
    expect(await register(given)).toMatchObject({ integration: { version: 1 } });
  });
});
