import { beforeAll, expect, test } from '@jest/globals';
import { sql } from '../harness/databases.ts';
import { REGISTER_AGENT, echoAgent, executeAgent, registerAgent } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

const UPDATE = `mutation Update($input: UpdateAgentInput!) {
  updateAgent(input: $input) {
    __typename
    ... on UpdateAgentSuccess { agent { name description version status } }
    ... on MutationError { code }
    ... on InvalidInputError { fields { path } }
  }
}`;
const DEREGISTER = `mutation Deregister($input: DeregisterAgentInput!) {
  deregisterAgent(input: $input) {
    __typename
    ... on DeregisterAgentSuccess { agentId stoppedExecutions }
    ... on AgentBusyError { code activeExecutions }
    ... on NotFoundError { code }
  }
}`;

test('an agent is kept with everything it was registered with', async () => {
  const input = {
    ...echoAgent('{"twice": n * 2}'),
    description: 'Doubles a number.',
    capabilities: ['arithmetic', 'doubling'],
    inputSchema: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } },
    outputSchema: { type: 'object', required: ['twice'] },
    timeoutSeconds: 7,
    retryPolicy: { maxAttempts: 2, initialDelayMs: 10, maxDelayMs: 100, multiplier: 3 },
    concurrencyLimit: 4,
    tags: ['maths'],
    metadata: { team: { name: 'blue' } },
  };
  const id = await registerAgent(user.graph, input);
  const { agent } = await user.graph.query<{ agent: unknown }>(
    `query Agent($id: ID!) {
      agent(id: $id) {
        id name type description version status capabilities inputSchema outputSchema kind
        configuration { ... on BuiltinConfiguration { function options } }
        timeoutSeconds retryPolicy { maxAttempts initialDelayMs maxDelayMs multiplier } concurrencyLimit
        tags metadata available runningExecutions health { state consecutiveFailures } owner { id username }
      }
    }`,
    { id },
  );
  const { builtin, ...rest } = input;
  expect(agent).toEqual({
    ...rest,
    id,
    version: 1,
    status: 'ACTIVE',
    configuration: builtin,
    available: true,
    runningExecutions: 0,
    health: { state: 'UNKNOWN', consecutiveFailures: 0 },
    owner: { id: user.id, username: user.username },
  });
});

test('secrets go in and never come out', async () => {
  const [header, signing, key] = [unique('header-secret'), `${unique('signing')}-secret-secret`, unique('api-key')];
  const http = await registerAgent(user.graph, {
    name: unique('http'),
    type: 'Remote',
    kind: 'HTTP',
    http: {
      url: 'https://agents.example/run',
      headers: { authorization: header, accept: 'application/json' },
      signingSecret: signing,
    },
  });
  const llm = await registerAgent(user.graph, {
    name: unique('llm'),
    type: 'Model',
    kind: 'LLM',
    llm: { baseUrl: 'https://models.example/v1', model: 'm-1', apiKey: key, systemPrompt: 'Be brief.' },
  });
  const data = await user.graph.query<Record<string, unknown>>(
    `query Both($http: ID!, $llm: ID!) {
      http: agent(id: $http) { configuration { ... on HttpConfiguration { url headers signingSecretSet } } }
      llm: agent(id: $llm) { configuration { ... on LlmConfiguration { provider baseUrl model apiKeySet systemPrompt } } }
    }`,
    { http, llm },
  );
  expect(data.llm).toEqual({
    configuration: {
      provider: 'OPENAI_COMPATIBLE',
      baseUrl: 'https://models.example/v1',
      model: 'm-1',
      apiKeySet: true,
      systemPrompt: 'Be brief.',
    },
  });
  expect(data.http).toMatchObject({
    configuration: { url: 'https://agents.example/run', headers: { authorization: '•••' }, signingSecretSet: true },
  });
  const tables = await sql<{ name: string }>(
    product,
    'agent',
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  for (const { name } of tables) {
    const rows = await sql<{ row: string }>(product, 'agent', `select t::text as row from "${name}" t`);
    const text = rows.map(({ row }) => row).join('\n');
    for (const secret of [header, signing, key])
      expect({ name, found: text.includes(secret) }).toEqual({ name, found: false });
  }
});

test('every problem of an input is told at once, with its path', async () => {
  const result = await user.graph.mutate<{ __typename: string; fields: { path: string }[] }>(REGISTER_AGENT, {
    input: {
      name: '',
      type: 'x'.repeat(101),
      kind: 'HTTP',
      timeoutSeconds: 0,
      concurrencyLimit: 101,
      tags: Array.from({ length: 21 }, (_, index) => `t${index}`),
      inputSchema: { type: 'no such type' },
      retryPolicy: { maxAttempts: 11 },
    },
  });
  expect(result.__typename).toBe('InvalidInputError');
  expect(result.fields.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'name',
      'type',
      'http',
      'timeoutSeconds',
      'concurrencyLimit',
      'tags',
      'inputSchema.type',
      'retryPolicy.maxAttempts',
    ]),
  );
});

test.each([
  ['a private address', { url: 'http://10.0.0.1/run' }],
  ['another spelling of one', { url: 'http://0x7f.1/run' }],
  ['another protocol', { url: 'file:///etc/passwd' }],
])('an HTTP agent at %s is refused or fails, and is never called', async (_what, http) => {
  const result = await user.graph.mutate<{ __typename: string; agent?: { id: string } }>(REGISTER_AGENT, {
    input: { name: unique('inside'), type: 'Remote', kind: 'HTTP', http },
  });
  if (!result.agent) {
    expect(result).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'http.url' }] });
    return;
  }
  const execution = await executeAgent(user.graph, result.agent.id, { wait: true, maxAttempts: 1 });
  expect(execution).toMatchObject({ status: 'FAILED', output: null });
});

test('a name is given once an owner', async () => {
  const input = echoAgent();
  const made = await Promise.all(
    [1, 2, 3].map(() => user.graph.mutate<{ __typename: string }>(REGISTER_AGENT, { input })),
  );
  expect(made.map(({ __typename }) => __typename).sort()).toEqual([
    'AgentNameTakenError',
    'AgentNameTakenError',
    'RegisterAgentSuccess',
  ]);
  const other = await makeUser(product);
  expect(await other.graph.mutate(REGISTER_AGENT, { input })).toMatchObject({ __typename: 'RegisterAgentSuccess' });
});

test('a change counts up the version, and refuses to overwrite somebody else’s', async () => {
  const id = await registerAgent(user.graph);
  const update = (input: object) => user.graph.mutate(UPDATE, { input: { id, ...input } });
  expect(await update({ expectedVersion: 1, description: 'new' })).toMatchObject({
    __typename: 'UpdateAgentSuccess',
    agent: { description: 'new', version: 2 },
  });
  expect(await update({ expectedVersion: 1, description: 'late' })).toEqual({
    __typename: 'ConflictError',
    code: 'CONFLICT',
  });
  expect(await update({ status: 'ERROR' })).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [{ path: 'status' }],
  });
  expect(await update({ status: 'INACTIVE' })).toMatchObject({
    agent: { description: 'new', version: 3, status: 'INACTIVE' },
  });
});

test('lists page, filter and sort without a gap', async () => {
  const owner = await makeUser(product);
  const names = Array.from({ length: 7 }, (_, index) => `page-${index}`);
  for (const [index, name] of names.entries()) {
    await registerAgent(owner.graph, { ...echoAgent(), name, tags: index % 2 ? ['odd'] : ['even', 'all'] });
  }
  const page = async (after: string | null) =>
    (
      await owner.graph.query<{
        agents: {
          nodes: { name: string }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
          totalCount: number;
        };
      }>(
        `query Page($after: String) {
          agents(first: 3, after: $after, orderBy: { field: NAME, direction: ASC }) {
            nodes { name } pageInfo { hasNextPage endCursor } totalCount
          }
        }`,
        { after },
      )
    ).agents;
  const seen: string[] = [];
  let after: string | null = null;
  for (;;) {
    const { nodes, pageInfo, totalCount } = await page(after);
    expect(totalCount).toBe(7);
    seen.push(...nodes.map(({ name }) => name));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  expect(seen).toEqual(names);
  const even = await owner.graph.query(
    '{ agents(filter: { tags: ["even", "all"], search: "PAGE-" }, orderBy: { field: NAME, direction: DESC }) { nodes { name } } }',
  );
  expect(even).toEqual({ agents: { nodes: ['page-6', 'page-4', 'page-2', 'page-0'].map((name) => ({ name })) } });
  const { errors } = await owner.graph.ask('{ agents(first: 101) { nodes { id } } }');
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['BAD_USER_INPUT']);
});

test('discovery finds by capability who is free', async () => {
  const owner = await makeUser(product);
  const capability = unique('skill');
  const free = await registerAgent(owner.graph, {
    ...echoAgent(),
    type: 'Worker',
    capabilities: [capability, 'other'],
  });
  const off = await registerAgent(owner.graph, { ...echoAgent(), type: 'Worker', capabilities: [capability] });
  await owner.graph.mutate(UPDATE, { input: { id: off, status: 'INACTIVE' } });
  const discover = async (availableOnly: boolean) =>
    (
      await owner.graph.query<{ discoverAgents: { nodes: { id: string }[] } }>(
        'query Discover($capability: String, $availableOnly: Boolean) { discoverAgents(capability: $capability, availableOnly: $availableOnly) { nodes { id } } }',
        { capability, availableOnly },
      )
    ).discoverAgents.nodes.map(({ id }) => id);
  expect(await discover(true)).toEqual([free]);
  expect((await discover(false)).sort()).toEqual([free, off].sort());
  const { agentTypes } = await owner.graph.query<{ agentTypes: unknown }>(
    '{ agentTypes { name agentCount activeCount capabilities } }',
  );
  expect(agentTypes).toEqual([
    { name: 'Worker', agentCount: 2, activeCount: 1, capabilities: [capability, 'other'].sort() },
  ]);
});

test('a busy agent is deregistered only by force, which stops its work', async () => {
  const silent = await HttpDouble.start(() => undefined);
  try {
    const id = await registerAgent(user.graph, {
      name: unique('busy'),
      type: 'Remote',
      kind: 'HTTP',
      http: { url: silent.url },
    });
    const { id: executionId } = await executeAgent(user.graph, id);
    await until('the agent is called', () => silent.calls.length === 1);
    expect(await user.graph.mutate(DEREGISTER, { input: { id } })).toEqual({
      __typename: 'AgentBusyError',
      code: 'AGENT_BUSY',
      activeExecutions: 1,
    });
    expect(await user.graph.mutate(DEREGISTER, { input: { id, force: true } })).toEqual({
      __typename: 'DeregisterAgentSuccess',
      agentId: id,
      stoppedExecutions: 1,
    });
    await until('the call is aborted', () => silent.calls[0]!.aborted);
    const data = await user.graph.query(
      'query After($id: ID!, $executionId: ID!) { agent(id: $id) { id } agentExecution(id: $executionId) { status agent { id } agentId } }',
      { id, executionId },
    );
    expect(data).toEqual({ agent: null, agentExecution: { status: 'STOPPED', agent: null, agentId: id } });
  } finally {
    await silent.stop();
  }
});

test('the events of an agent reach its owner, in order', async () => {
  const messages = user.graph.subscribe<{
    agentEvents: { type: string | null; agentId: string | null; agent: { name: string } | null };
  }>(
    'subscription { agentEvents(filter: { types: [REGISTERED, UPDATED, DEREGISTERED] }) { type agentId agent { name } } }',
  );
  expect((await messages.next())?.agentEvents.type).toBeNull();
  const input = echoAgent();
  const id = await registerAgent(user.graph, input);
  await user.graph.mutate(UPDATE, { input: { id, description: 'new' } });
  await user.graph.mutate(DEREGISTER, { input: { id } });
  const events = [];
  for (let index = 0; index < 3; index++) events.push((await messages.next())!.agentEvents);
  messages.close();
  expect(events.map(({ type, agentId }) => ({ type, agentId }))).toEqual(
    ['REGISTERED', 'UPDATED', 'DEREGISTERED'].map((type) => ({ type, agentId: id })),
  );
});
