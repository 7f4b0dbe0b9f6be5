import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { graph } from '../harness/graph.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { administrator, makeUser, type TestUser } from '../harness/users.ts';

let topology: Topology;
let admin: TestUser;
beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'agent'] });
  admin = await administrator(topology);
});
afterAll(() => topology?.stop());

const change = (by: TestUser, field: string, input: object) =>
  by.graph.mutate<{ __typename: string }>(
    `mutation ($input: ${field[0]?.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { __typename } }`,
    { input },
  );
const AGENTS = '{ agents(first: 1) { nodes { id } } }';

test('an API key opens what it may until it is revoked', async () => {
  const user = await makeUser(topology);
  const { key, apiKey } = await user.graph.mutate<{ key: string; apiKey: { id: string } }>(
    `mutation ($input: CreateApiKeyInput!) {
      createApiKey(input: $input) { ... on CreateApiKeySuccess { key apiKey { id } } }
    }`,
    { input: { name: 'ci', scopes: ['agent:read'] } },
  );
  const machine = graph(topology).as({ accessToken: key });
  expect(await machine.query(AGENTS)).toEqual({ agents: { nodes: [] } });
  const beyond = await machine.ask('{ workflows(first: 1) { nodes { id } } }');
  expect(beyond.errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
  expect(await change(user, 'revokeApiKey', { id: apiKey.id })).toEqual({ __typename: 'RevokeApiKeySuccess' });
  await until(
    'the key is void',
    async () => (await machine.ask(AGENTS)).errors[0]?.extensions?.code === 'UNAUTHENTICATED',
  );
});

test('rules of access are told, and explained as the guard has them', async () => {
  const user = await makeUser(topology);
  const explain = (coordinate: string) =>
    admin.graph.query<{ explainAccess: { allowed: boolean } }>(
      'query ($coordinate: String!, $id: ID!) { explainAccess(coordinate: $coordinate, userId: $id) { allowed } }',
      { coordinate, id: user.id },
    );
  expect(await explain('Query.agents')).toEqual({ explainAccess: { allowed: true } });
  expect(await explain('Query.users')).toEqual({ explainAccess: { allowed: false } });
  expect((await user.graph.query<{ agents: unknown }>(AGENTS)).agents).toBeDefined();
  expect((await user.graph.ask('{ users { nodes { id } } }')).errors[0]?.extensions?.code).toBe('FORBIDDEN');
  const { accessRules } = await admin.graph.query<{ accessRules: { nodes: { coordinate: string }[] } }>(
    '{ accessRules(first: 100) { nodes { coordinate } } }',
  );
  expect(accessRules.nodes.length).toBe(100);
});

test('the audit log is exported', async () => {
  const user = await makeUser(topology);
  const get = (accessToken: string) =>
    fetch(`${topology.url}/audit/export?format=ndjson`, { headers: { authorization: `Bearer ${accessToken}` } });
  const answer = await get(user.accessToken);
  expect(answer.status).toBe(200);
  const actions = (await answer.text())
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { action: string }).action);
  expect(actions.sort()).toEqual(['user.created', 'user.login']);
  expect((await get('no token')).status).toBe(401);
});

test('suspension closes sockets, a role that is taken ends what it allowed', async () => {
  const user = await makeUser(topology);
  const messages = user.graph.subscribe('subscription { agentEvents { cursor } }');
  await messages.next();
  const ended = expect(messages.next()).rejects.toBeDefined();
  expect(await change(admin, 'suspendUser', { id: user.id })).toEqual({ __typename: 'SuspendUserSuccess' });
  await ended;
  expect(messages.closed?.code).toBeGreaterThanOrEqual(4400);
  expect((await user.graph.ask('{ me { id } }')).errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');

  const other = await makeUser(topology);
  await other.graph.query(AGENTS);
  await change(admin, 'revokeRole', { userId: other.id, role: 'member' });
  await until(
    'it is forbidden',
    async () => (await other.graph.ask(AGENTS)).errors[0]?.extensions?.code === 'FORBIDDEN',
  );
});
