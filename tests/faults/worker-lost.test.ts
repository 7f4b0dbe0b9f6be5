import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Child } from '../harness/child.ts';
import { sql } from '../harness/databases.ts';
import { createWorkflow, executeWorkflow, registerAgent, transformStep } from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { makeUser, unique } from '../harness/users.ts';

/** Leases run out within ten seconds; then somebody else begins again. */
const PATIENCE = { timeoutMs: 60_000, everyMs: 100 };
const LOST = 'The process that did the work ended three times before it was done; it is not tried again.';

let topology: Topology;
let double: HttpDouble | undefined;
beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'agent', 'workflow'] });
}, 120_000);
beforeEach(async () => {
  // The test before may have ended it.
  if (!topology.workers.some(({ logFile }) => logFile.includes('/agent-worker-'))) await topology.startWorker('agent');
});
afterEach(() => double?.stop());
afterAll(() => topology?.stop());

const endWorkers = (end: (worker: Child) => Promise<unknown>) => Promise.all(topology.workers.map(end));

const EXECUTE = `mutation ($agentId: ID!) {
  executeAgent(input: { agentId: $agentId, input: { n: 1 } }) { ... on ExecuteAgentSuccess { execution { id } } }
}`;
const EXECUTION = 'query ($id: ID!) { agentExecution(id: $id) { status attempts error { code message } output } }';
const WORKFLOW =
  'query ($id: ID!) { workflowExecution(id: $id) { status error { code message } steps { id status } } }';

interface AgentExecution {
  readonly status: string;
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly output: unknown;
}

async function startWithAgent(answer: 'never' | 'when told') {
  const told = new AbortController();
  double = await HttpDouble.start((_call, response) => {
    if (answer === 'when told') told.signal.addEventListener('abort', () => sendJson(response, { done: true }));
  });
  const user = await makeUser(topology);
  const http = { url: double.url };
  const agentId = await registerAgent(user.graph, { name: unique('hangs'), type: 'Http', kind: 'HTTP', http });
  const { execution } = await user.graph.mutate<{ execution: { id: string } }>(EXECUTE, { agentId });
  const shown = async () =>
    (await user.graph.query<{ agentExecution: AgentExecution }>(EXECUTION, { id: execution.id })).agentExecution;
  return { user, id: execution.id, shown, release: () => told.abort(), calls: () => double!.calls.length };
}

test('an execution whose process is killed three times fails for good, with an event', async () => {
  const { id, shown, calls } = await startWithAgent('never');
  for (let kill = 1; kill <= 3; kill += 1) {
    await until(`the work begins, ${kill}`, () => calls() === kill, PATIENCE);
    await endWorkers((worker) => worker.kill());
    await topology.startWorker('agent');
  }
  await until('it is given up', async () => (await shown()).status === 'FAILED', PATIENCE);
  expect(await shown()).toEqual({
    status: 'FAILED',
    attempts: 1,
    error: { code: 'WORKER_LOST', message: LOST },
    output: null,
  });
  expect(calls()).toBe(3);
  const events = await sql<{ type: string; count: number }>(
    topology,
    'agent',
    `select type, count(*)::int as count from outbox_events where stream like '%${id}' group by 1 order by 1`,
  );
  expect(Object.fromEntries(events.map(({ type, count }) => [type, count]))).toMatchObject({ 'agent.executed': 1 });
}, 240_000);

test('the same of a step of a workflow, which fails with it', async () => {
  const user = await makeUser(topology);
  const workflowId = await createWorkflow(user.graph, { steps: [transformStep('long', '$count([1..5])')] });
  // No worker: what a process that begins the step and dies would leave is written by hand, three times.
  await endWorkers((worker) => worker.kill());
  const id = await executeWorkflow(user.graph, workflowId, {});
  await sql(
    topology,
    'workflow',
    `update workflow_step_executions set status = 'RUNNING', attempts = 1, recoveries = 2, ready_at = null,
       lease_token = 'dead', lease_expires_at = now() - interval '1 second', started_at = now(),
       deadline_at = now() + interval '1 minute' where execution_id = '${id}'`,
  );
  await topology.startWorker('workflow');
  const shown = async () =>
    (await user.graph.query<{ workflowExecution: { status: string } }>(WORKFLOW, { id })).workflowExecution;
  await until('it is given up', async () => (await shown()).status === 'FAILED', PATIENCE);
  expect(await shown()).toEqual({
    status: 'FAILED',
    error: { code: 'WORKER_LOST', message: LOST },
    steps: [{ id: 'long', status: 'FAILED' }],
  });
}, 120_000);

test('processes that are stopped in order hand their work over, which is not counted', async () => {
  const { id, shown, release, calls } = await startWithAgent('when told');
  for (let stop = 1; stop <= 4; stop += 1) {
    await until(`the work begins, ${stop}`, () => calls() === stop, PATIENCE);
    await endWorkers((worker) => worker.stop('SIGTERM'));
    await topology.startWorker('agent');
  }
  await until('the work begins again', () => calls() === 5, PATIENCE);
  release();
  await until('it completes', async () => (await shown()).status === 'COMPLETED', PATIENCE);
  expect(await shown()).toEqual({ status: 'COMPLETED', attempts: 1, error: null, output: { done: true } });
  const [row] = await sql<{ recoveries: number }>(
    topology,
    'agent',
    `select recoveries from agent_executions where id = '${id}'`,
  );
  expect(row).toEqual({ recoveries: 0 });
}, 240_000);
