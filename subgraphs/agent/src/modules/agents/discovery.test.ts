import { jest } from '@jest/globals';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { Pool } from 'pg';
import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { execute, executed, registered, shown, update } from '../../testing/operations.ts';

let agents: AgentUnderTest;
let process: AgentProcess;
let silent: HttpDouble;
beforeAll(async () => {
  agents = await prepareAgents();
  process = await agents.process();
  silent = await HttpDouble.start(() => undefined);
}, 60_000);
afterAll(async () => {
  await silent.stop();
  await agents.stop();
}, 30_000);

interface Match {
  readonly score: number;
  readonly node: { readonly id: string };
  readonly reasons: readonly { readonly code: string; readonly points: number; readonly message: string }[];
}

const DISCOVER = `query Q($text: String, $capability: String, $availableOnly: Boolean, $first: Int, $after: String) {
  discoverAgents(text: $text, capability: $capability, availableOnly: $availableOnly, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { score node { id } reasons { code points message } } } }`;
interface Page {
  readonly totalCount: number;
  readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
  readonly edges: readonly Match[];
}
const discover = async (user: ReturnType<typeof userOf>, variables: object = {}): Promise<Page> =>
  (await process.ask<{ discoverAgents: Page }>(user, DISCOVER, variables)).discoverAgents;
const ids = ({ edges }: Page) => edges.map(({ node }) => node.id);

const agent = (user: ReturnType<typeof userOf>, input: object) =>
  registered(process, user, {
    kind: 'BUILTIN',
    builtin: { function: 'TRANSFORM', options: { expression: '$' } },
    ...input,
  });

/** Executions that an agent has had, as their rows are. */
const worked = (agentId: string, statuses: readonly string[], seconds: number) =>
  agents.pool.query(
    `insert into agent_executions (id, agent_id, agent_owner_id, agent_name, status, max_attempts, timeout_seconds, started_by_id,
       started_at, completed_at)
     select gen_random_uuid()::text, $1, 'o', 'n', s::agent_execution_status, 1, 60, 'o', now() - make_interval(secs => $3), now()
     from unnest($2::text[]) s`,
    [agentId, statuses, seconds],
  );

test('a capability is more than the beginning of one, and that more than words; each says why', async () => {
  const user = userOf('by text');
  const words = await agent(user, { description: 'Writes translations for people.' });
  const prefix = await agent(user, { capabilities: ['translation-memory'] });
  const exact = await agent(user, { capabilities: ['Translation'] });
  await agent(user, { capabilities: ['other'] });
  const found = await discover(user, { text: 'translation' });
  expect(ids(found)).toEqual([exact, prefix, words]);
  expect(found.totalCount).toBe(3);
  const [best, second, third] = found.edges;
  expect([best!.score, second!.score]).toEqual([400 + 300 + 100 + 50 + 25, 300 + 300 + 100 + 50 + 25]);
  expect(best!.reasons).toEqual([
    { code: 'CAPABILITY', points: 400, message: 'It has the capability.' },
    { code: 'AVAILABILITY', points: 300, message: 'It is AVAILABLE.' },
    { code: 'LOAD', points: 100, message: '0 % of it is in use.' },
    { code: 'SUCCESS_RATE', points: 50, message: 'It has not worked yet.' },
    { code: 'SPEED', points: 25, message: 'It has not worked yet.' },
  ]);
  expect(second!.reasons[0]).toMatchObject({ code: 'CAPABILITY_PREFIX', points: 300 });
  expect(third!.reasons[0]!.code).toBe('WORDS');
  expect(third!.reasons[0]!.points).toBeLessThanOrEqual(200);
  for (const { score, reasons } of found.edges) {
    expect(reasons.reduce((sum, { points }) => sum + points, 0)).toBe(score);
  }
  expect(ids(await discover(user, { text: 'translations -people' })).sort()).toEqual([prefix, exact].sort());
  expect(ids(await discover(user, { text: 'people' }))).toEqual([words]);
});

test('what has worked well and fast comes first, and pages go on where the one before ended', async () => {
  const user = userOf('by work');
  const slow = await agent(user, {});
  const bad = await agent(user, {});
  const good = await agent(user, {});
  const unknown = await agent(user, {});
  await worked(slow, ['COMPLETED', 'COMPLETED'], 10);
  await worked(bad, ['FAILED', 'FAILED', 'FAILED', 'COMPLETED', 'STOPPED'], 0);
  await worked(good, ['COMPLETED'], 0);
  const all = await discover(user);
  expect(all.edges.map(({ node, score }) => [node.id, score])).toEqual(
    [
      [good, 300 + 100 + 100 + 50],
      [slow, 300 + 100 + 100 + 25],
      [bad, 300 + 100 + 25 + 50],
      [unknown, 300 + 100 + 50 + 25],
    ].sort(([a, x], [b, y]) => Number(y) - Number(x) || (String(a) < String(b) ? 1 : -1)),
  );
  const pages: string[] = [];
  let after: string | null = null;
  for (let page = await discover(user, { first: 1 }); ; page = await discover(user, { first: 1, after })) {
    pages.push(...ids(page));
    after = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage) break;
  }
  expect(pages).toEqual(ids(all));
});

const AVAILABILITY = `query Q($id: ID!) { agent(id: $id) { available runningExecutions availability {
  state running concurrencyLimit queueLength load circuit expectedWaitMs lastHeartbeatAt } } }`;
const standing = async (user: ReturnType<typeof userOf>, id: string) =>
  (
    await process.ask<{ agent: { available: boolean; availability: Record<string, unknown> } }>(user, AVAILABILITY, {
      id,
    })
  ).agent;
const beat = (user: ReturnType<typeof userOf>, input: object) =>
  process.mutate<{ __typename: string; fields?: object[] }>(
    user,
    'agentHeartbeat',
    input,
    '... on InvalidInputError { fields { path message } }',
  );

test('an agent that is full is busy, and tells how long work would wait', async () => {
  const user = userOf('full');
  const id = await registered(process, user, { kind: 'HTTP', http: { url: silent.url }, concurrencyLimit: 1 });
  expect((await standing(user, id)).availability).toMatchObject({ state: 'AVAILABLE', expectedWaitMs: 0 });
  await execute(process, user, { agentId: id });
  await execute(process, user, { agentId: id });
  await until('one runs', async () => (await standing(user, id)).availability['running'] === 1);
  expect(await standing(user, id)).toMatchObject({
    available: false,
    availability: {
      state: 'BUSY',
      queueLength: 1,
      concurrencyLimit: 1,
      load: 1,
      expectedWaitMs: null,
      circuit: 'CLOSED',
    },
  });
  await worked(id, ['COMPLETED'], 3);
  expect((await standing(user, id)).availability['expectedWaitMs']).toBe(6_000);
  expect(ids(await discover(user))).toEqual([]);
  expect((await discover(user, { availableOnly: false })).edges[0]!.reasons).toContainEqual({
    code: 'AVAILABILITY',
    points: 0,
    message: 'It is BUSY.',
  });
});

test('an agent that gives heartbeats works while one is valid, by the clock of the database', async () => {
  const user = userOf('beating');
  const id = await agent(user, { health: 'HEARTBEAT' });
  expect(await standing(user, id)).toMatchObject({
    available: false,
    availability: { state: 'MISSING', lastHeartbeatAt: null },
  });
  const waiting = await executed(process, user, id);
  expect(ids(await discover(user))).toEqual([]);
  await agents.pool.query('select pg_sleep(1.5)');
  const status = async () => (await shown(process, user, waiting.id))?.status;
  expect(await status()).toBe('QUEUED');

  expect(await beat(user, { agentId: id, ttlSeconds: 60, load: 0.25 })).toEqual({
    __typename: 'AgentHeartbeatSuccess',
  });
  expect((await standing(user, id)).availability).toMatchObject({ state: 'AVAILABLE', load: 0.25 });
  await until('its work is done', async () => (await status()) === 'COMPLETED');
  expect((await discover(user)).edges[0]!.reasons).toContainEqual({
    code: 'LOAD',
    points: 75,
    message: '25 % of it is in use.',
  });
  await beat(user, { agentId: id, load: 1 });
  expect((await standing(user, id)).availability['state']).toBe('BUSY');
  await beat(user, { agentId: id, ttlSeconds: 1 });
  expect((await standing(user, id)).availability['state']).toBe('AVAILABLE');
  await until('it is missed', async () => (await standing(user, id)).availability['state'] === 'MISSING');
});

test('only the owner speaks for an agent, and only for one that is to speak', async () => {
  const user = userOf('speaking');
  const checked = await agent(user, {});
  expect(await beat(user, { agentId: checked })).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [{ path: 'agentId' }],
  });
  expect(await beat(user, { agentId: checked, ttlSeconds: 0, load: 2 })).toMatchObject({
    fields: [{ path: 'ttlSeconds' }, { path: 'load' }],
  });
  expect((await beat(userOf('somebody else'), { agentId: checked })).__typename).toBe('NotFoundError');
  await agents.pool.query(`update agents set status = 'ERROR' where id = $1`, [checked]);
  await update(process, user, { id: checked, health: 'HEARTBEAT' });
  expect((await standing(user, checked)).availability['state']).toBe('MISSING');
  expect(await beat(user, { agentId: checked })).toEqual({ __typename: 'AgentHeartbeatSuccess' });
  expect((await standing(user, checked)).availability['state']).toBe('AVAILABLE');
});

test('the state of a page costs as many statements as that of one agent', async () => {
  const user = userOf('many');
  for (let at = 0; at < 12; at += 1) await agent(user, {});
  const query = jest.spyOn(Pool.prototype, 'query');
  const statements = async (first: number) => {
    query.mockClear();
    const fields = 'nodes { id available runningExecutions availability { state queueLength } }';
    await process.ask(user, `{ discoverAgents(first: ${first}) { ${fields} } }`);
    return query.mock.calls.filter(([text]) => String(text).includes('as running')).length;
  };
  try {
    expect([await statements(1), await statements(12)]).toEqual([2, 2]);
  } finally {
    query.mockRestore();
  }
});
