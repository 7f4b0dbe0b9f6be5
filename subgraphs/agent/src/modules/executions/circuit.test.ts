import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { executed, registered, shown } from '../../testing/operations.ts';

const owner = userOf('owner');
const ONCE = { maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0, multiplier: 1 };
const MINIMUM_CALLS = 5;
let agents: AgentUnderTest;
let one: AgentProcess;
let two: AgentProcess;
let service: HttpDouble;
let answer: { readonly status: number; readonly headers?: Record<string, string> };

beforeAll(async () => {
  agents = await prepareAgents();
  [one, two] = await Promise.all([agents.process(), agents.process()]);
  service = await HttpDouble.start((_call, response) => {
    if (answer.status === 200) return sendJson(response, { output: 'done' });
    return response.writeHead(answer.status, answer.headers).end();
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await agents.stop();
}, 30_000);

const newAgent = () =>
  registered(one, owner, {
    kind: 'HTTP',
    http: { url: service.url },
    retryPolicy: ONCE,
    concurrencyLimit: 1,
  });
const become = (ids: readonly string[], status: string) =>
  until(
    status,
    async () => {
      const executions = await Promise.all(ids.map((id) => shown(one, owner, id)));
      return executions.every((execution) => execution?.status === status) ? executions : null;
    },
    { timeoutMs: 30_000 },
  );
const begin = async (agentId: string, count: number) =>
  (await Promise.all(Array.from({ length: count }, () => executed(one, owner, agentId, { input: 1 })))).map(
    ({ id }) => id,
  );
const circuitOf = async (process: AgentProcess, id: string) => {
  const query = 'query ($id: ID!) { agent(id: $id) { circuitBreaker { state retryAt observers { failures } } } }';
  const { agent } = await process.ask<{ agent: { circuitBreaker: { state: string } | null } }>(owner, query, { id });
  return agent.circuitBreaker;
};

test('executions wait while the circuit of their agent is open, and use up no attempts', async () => {
  answer = { status: 503 };
  const agentId = await newAgent();
  await become(await begin(agentId, MINIMUM_CALLS), 'FAILED');
  for (const process of [one, two]) {
    expect(await circuitOf(process, agentId)).toMatchObject({ state: 'OPEN', retryAt: expect.any(Date) });
  }
  const before = service.calls.length;
  answer = { status: 200 };
  const waiting = await begin(agentId, 5);
  // Workers get their jobs in order: whoever could call the agent has had a turn.
  const echo = await registered(one, owner, {
    kind: 'BUILTIN',
    builtin: { function: 'TRANSFORM', options: { expression: '$' } },
  });
  await become(await begin(echo, 20), 'COMPLETED');
  expect(await circuitOf(one, echo)).toBeNull();
  expect(await Promise.all(waiting.map((id) => shown(one, owner, id)))).toMatchObject(
    waiting.map(() => ({ status: 'QUEUED', attempts: 0 })),
  );
  expect(service.calls.length).toBe(before);

  await agents.pool.query('update policy_circuits set retry_at = now() where key = $1', [agentId]);
  expect(await become(waiting, 'COMPLETED')).toMatchObject(waiting.map(() => ({ attempts: 1 })));
  await until('the circuit is closed', async () => (await circuitOf(two, agentId))?.state === 'CLOSED');
}, 60_000);

test('when an agent asks to wait nobody calls it, until its owner says otherwise', async () => {
  answer = { status: 429, headers: { 'retry-after': '600' } };
  const agentId = await newAgent();
  await become(await begin(agentId, 1), 'FAILED');
  const before = service.calls.length;
  answer = { status: 200 };
  const [waiting] = await begin(agentId, 1);
  await become(await begin(await newAgent(), 5), 'COMPLETED');
  expect(await shown(one, owner, waiting!)).toMatchObject({ status: 'QUEUED', attempts: 0 });
  expect(service.calls.length).toBe(before + 5);
  const reset = await one.mutate(
    owner,
    'resetAgentCircuitBreaker',
    { id: agentId },
    '... on ResetAgentCircuitBreakerSuccess { agent { id } }',
  );
  expect(reset).toMatchObject({ agent: { id: agentId } });
  await become([waiting!], 'COMPLETED');
}, 60_000);
