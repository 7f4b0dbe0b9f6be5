import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { deregister, execute, register, registered, update } from '../../testing/operations.ts';

const owner = userOf('owner');
const stranger = userOf('stranger');
const echo = { kind: 'BUILTIN', builtin: { function: 'TRANSFORM', options: { expression: '$' } } };
let agents: AgentUnderTest;
let one: AgentProcess;

beforeAll(async () => {
  agents = await prepareAgents();
  one = await agents.process();
}, 60_000);
afterAll(() => agents.stop(), 30_000);

test('every problem is told at once, and nothing is stored', async () => {
  const result = await register(one, owner, {
    name: '',
    type: 'x'.repeat(101),
    kind: 'HTTP',
    llm: { model: 'm' },
    http: { url: 'http://10.0.0.1/', headers: { host: 'x' }, signingSecret: 'short' },
    inputSchema: { type: 'nonsense' },
    outputSchema: { pattern: '(?=a)' },
    timeoutSeconds: 0,
    retryPolicy: { maxAttempts: 11 },
    concurrencyLimit: 101,
    tags: ['a\0'],
  });
  expect(result.fields?.map(({ path }) => path).sort()).toEqual([
    'concurrencyLimit',
    'http.headers.host',
    'http.signingSecret',
    'http.url',
    'inputSchema.type',
    'llm',
    'name',
    'outputSchema',
    'retryPolicy.maxAttempts',
    'tags[0]',
    'timeoutSeconds',
    'type',
  ]);
  const { rows } = await agents.pool.query(
    'select (select count(*) from agents)::int + (select count(*) from outbox_events)::int as count',
  );
  expect(rows).toEqual([{ count: 0 }]);
});

test.each([
  ['CLASSIFY', {}, 'builtin.options.labels'],
  ['CLASSIFY', { labels: { bug: [] } }, 'builtin.options.labels.bug'],
  ['TRANSFORM', { expression: '$sum(' }, 'builtin.options.expression'],
  ['TEMPLATE', { template: '{% if %}' }, 'builtin.options.template'],
  ['SENTIMENT', { loud: true }, 'builtin.options.loud'],
])('options of %s that cannot be used are refused: %j', async (name, options, path) => {
  const result = await register(one, owner, {
    name: 'x',
    type: 'x',
    kind: 'BUILTIN',
    builtin: { function: name, options },
  });
  expect(result.fields?.map((field) => field.path)).toEqual([path]);
});

test('of many registrations of one name the database lets one through', async () => {
  const results = await Promise.all(
    Array.from({ length: 10 }, () => register(one, owner, { name: 'unique', type: 'x', ...echo })),
  );
  const made = results.filter(({ agent }) => agent);
  expect(made).toHaveLength(1);
  for (const result of results.filter(({ agent }) => !agent)) {
    expect(result).toMatchObject({ __typename: 'AgentNameTakenError', agentId: made[0]?.agent?.id });
  }
});

test('secrets left out stay, and are nowhere to be read', async () => {
  const http = {
    url: 'https://agent.example/',
    headers: { 'X-Key': 'header secret' },
    signingSecret: 'signing secret of length',
  };
  const id = await registered(one, owner, { kind: 'HTTP', http });
  const healthUrl = 'https://agent.example/health';
  expect(await update(one, owner, { id, expectedVersion: 1, http: { url: http.url, healthUrl } })).toMatchObject({
    agent: { version: 2 },
  });
  expect(await update(one, owner, { id, expectedVersion: 1, name: 'late' })).toMatchObject({
    __typename: 'ConflictError',
  });
  const query =
    'query Q($id: ID!) { agent(id: $id) { configuration { ... on HttpConfiguration { url headers signingSecretSet } } } }';
  expect(await one.ask(owner, query, { id })).toEqual({
    agent: { configuration: { url: http.url, headers: { 'x-key': '•••' }, signingSecretSet: true } },
  });
  const { rows } = await agents.pool.query<{ text: string }>('select a::text as text from agents a where id = $1', [
    id,
  ]);
  expect(rows[0]?.text).not.toContain('secret of length');
  expect(rows[0]?.text).not.toContain('header secret');
});

const AGAIN = 'must be given again, because it would go to another address or account';
const HTTP = { url: 'https://agent.example/', headers: { authorization: 'x' }, signingSecret: 'x'.repeat(16) };
const LLM = { provider: 'OPENAI_COMPATIBLE', baseUrl: 'https://model.example/v1', model: 'm', apiKey: 'key' };
const model = { baseUrl: LLM.baseUrl, model: 'm' };

test.each<[string, object, object, Record<string, string>]>([
  ['HTTP', { http: HTTP }, { http: { ...HTTP, url: 'https://thief.example/' } }, {}],
  ['HTTP', { http: HTTP }, { http: { url: 'https://thief.example/', headers: {}, signingSecret: null } }, {}],
  [
    'HTTP',
    { http: HTTP },
    { http: { url: 'https://thief.example/' } },
    { 'http.headers.authorization': AGAIN, 'http.signingSecret': AGAIN },
  ],
  [
    'HTTP',
    { http: HTTP },
    { http: { url: 'https://agent.example/thief', headers: { Authorization: '•••' }, signingSecret: null } },
    { 'http.headers.Authorization': AGAIN },
  ],
  ['LLM', { llm: LLM }, { llm: { ...model, baseUrl: 'https://model.example/v1/', temperature: 1 } }, {}],
  ['LLM', { llm: LLM }, { llm: { ...LLM, baseUrl: 'https://thief.example' } }, {}],
  ['LLM', { llm: LLM }, { llm: { ...model, baseUrl: 'https://thief.example', apiKey: null } }, {}],
  ['LLM', { llm: LLM }, { llm: { ...model, baseUrl: 'https://thief.example' } }, { 'llm.apiKey': AGAIN }],
  ['LLM', { llm: LLM }, { llm: { ...model, baseUrl: 'http://model.example/v1' } }, { 'llm.apiKey': AGAIN }],
  ['LLM', { llm: LLM }, { llm: { model: 'm', provider: 'ANTHROPIC' } }, { 'llm.apiKey': AGAIN }],
])('secrets of an %s agent go where they were given for: %j, then %j', async (kind, before, after, expected) => {
  const id = await registered(one, owner, { kind, ...before });
  const manager = userOf('manager', ['agent:*']);
  const { __typename, fields = [] } = await update(one, manager, { id, ...after });
  expect(Object.fromEntries(fields.map(({ path, message }) => [path, message]))).toEqual(expected);
  expect(__typename).toBe(Object.keys(expected).length > 0 ? 'InvalidInputError' : 'UpdateAgentSuccess');
});

test('others neither see nor change an agent', async () => {
  const id = await registered(one, owner, echo);
  const gone = { __typename: 'NotFoundError', code: 'NOT_FOUND' };
  expect(await update(one, stranger, { id, name: 'stolen' })).toMatchObject(gone);
  expect(await deregister(one, stranger, { id, force: true })).toMatchObject(gone);
  expect(await execute(one, stranger, { agentId: id })).toMatchObject(gone);
  expect(await one.ask(stranger, 'query Q($id: ID!) { agent(id: $id) { id } }', { id })).toEqual({ agent: null });
  const entities = 'query E($r: [_Any!]!) { _entities(representations: $r) { ... on Agent { id } } }';
  const r = [{ __typename: 'Agent', id }];
  expect(await one.ask(stranger, entities, { r })).toEqual({ _entities: [null] });
  expect(await one.ask(owner, entities, { r })).toEqual({ _entities: [{ id }] });
});

test('deregistering races with giving work: never is work left with an agent that is gone', async () => {
  for (let round = 0; round < 5; round += 1) {
    const id = await registered(one, owner, { ...echo, concurrencyLimit: 1 });
    const work = Array.from({ length: 8 }, () => execute(one, owner, { agentId: id, input: {} }));
    const [gone, ...results] = await Promise.all([deregister(one, owner, { id, force: true }), ...work]);
    expect(gone.__typename).toBe('DeregisterAgentSuccess');
    for (const { __typename } of results) expect(['ExecuteAgentSuccess', 'NotFoundError']).toContain(__typename);
    const { rows } = await agents.pool.query(
      `select 1 from agent_executions where agent_id = $1 and status in ('QUEUED', 'RUNNING')`,
      [id],
    );
    expect(rows).toEqual([]);
  }
});

test('a page of agents reads the executions, running counts and totals of all in a few statements', async () => {
  const viewer = userOf('lister');
  const ids = await Promise.all([1, 2, 3].map((n) => registered(one, viewer, { ...echo, name: `lister ${n}` })));
  for (const agentId of ids.slice(0, 2)) {
    for (let n = 0; n < 3; n += 1) await execute(one, viewer, { agentId, input: { n }, wait: true });
  }
  const query = `{ agents(orderBy: { field: NAME, direction: ASC }) { totalCount nodes {
    name available runningExecutions executions(first: 2) { totalCount nodes { input agent { name } } pageInfo { hasNextPage } } } } }`;
  const { agents: page } = await one.ask<{ agents: { totalCount: number; nodes: unknown[] } }>(viewer, query);
  const executions = (name: string) => ({
    totalCount: 3,
    nodes: [2, 1].map((n) => ({ input: { n }, agent: { name } })),
    pageInfo: { hasNextPage: true },
  });
  const idle = { available: true, runningExecutions: 0 };
  expect(page).toEqual({
    totalCount: 3,
    nodes: [
      { name: 'lister 1', ...idle, executions: executions('lister 1') },
      { name: 'lister 2', ...idle, executions: executions('lister 2') },
      { name: 'lister 3', ...idle, executions: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } } },
    ],
  });
});

test.each([
  ['search', 'String', '\0', 'must not contain the character NUL'],
  ['type', 'String', 'a\ud800', 'must be valid Unicode (it contains half of a surrogate pair)'],
  ['tags[1]', '[String!]', ['a', '\0'], 'must not contain the character NUL'],
])('filter.%s cannot hold text that nothing is stored with', async (path, type, value, problem) => {
  const [name] = path.split('[');
  const query = `query Filter($value: ${type}) { agents(filter: { ${name}: $value }) { totalCount } }`;
  await expect(one.ask(owner, query, { value })).rejects.toThrow(`filter.${path}: ${problem}`);
});
