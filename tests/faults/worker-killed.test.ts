import { afterEach, describe, expect, test } from '@jest/globals';
import { sql, type Domain } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  echoAgent,
  executeWorkflow,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { redisIsAvailable } from '../harness/redis.ts';
import type { Backend } from '../harness/test-config.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser } from '../harness/users.ts';

const EXECUTIONS = 200;
const STEPS = ['read', 'think', 'check', 'write', 'end'];
const BACKENDS: readonly Backend[] = redisIsAvailable() ? ['postgres', 'redis'] : ['postgres'];
/** Within this many milliseconds after the kill, all that was under way has gone on. */
const GOES_ON_WITHIN_MS = 15_000;

const DOMAINS: readonly Domain[] = ['auth', 'agent', 'workflow'];

let topology: Topology | undefined;
afterEach(async () => {
  await topology?.stop();
  topology = undefined;
});

const completedSteps = async () =>
  (
    await sql<{ count: number }>(
      topology!,
      'workflow',
      `select count(*)::int as count from outbox_events where type = 'workflow.step.completed'`,
    )
  )[0]!.count;

/** Asks again, as clients do, while the service is too busy to answer; the key sees to it that one execution begins. */
const accept = (graph: GraphClient, workflowId: string, n: number) =>
  until(
    `execution ${n} is accepted`,
    () => executeWorkflow(graph, workflowId, { input: { n }, idempotencyKey: `${workflowId}-${n}` }),
    { everyMs: 200 },
  );

/** Begins the executions of a workflow with two agents, and waits until a part of their steps is done. */
async function begin(users: number, share: number) {
  const user = await makeUser(topology!);
  const agentId = await registerAgent(user.graph, { ...echoAgent('{"n": n + 1}'), concurrencyLimit: 20 });
  const workflowId = await createWorkflow(user.graph, {
    steps: [
      transformStep('read', '{"n": input.n}'),
      agentStep('think', agentId, { config: { input: 'steps.read.result' } }),
      transformStep('check', '{"n": steps.think.result.n * 2}'),
      agentStep('write', agentId, { config: { input: 'steps.check.result' } }),
      transformStep('end', 'steps.write.result.n'),
    ],
  });
  const ids: string[] = [];
  const accepted = (async () => {
    for (let n = 0; n < users; n += 10) {
      const batch = Array.from({ length: 10 }, (_, index) => accept(user.graph, workflowId, n + index));
      ids.push(...(await Promise.all(batch)));
    }
  })();
  const refused = accepted.then(() => new Promise<never>(() => undefined));
  await Promise.race([
    refused,
    until('the middle', async () => (await completedSteps()) >= users * STEPS.length * share, {
      timeoutMs: 60_000,
      everyMs: 5,
    }),
  ]);
  return { user, workflowId, ids, accepted };
}

/** Steps that a worker had begun. */
const underWay = async () =>
  sql<{ execution: string; step: string }>(
    topology!,
    'workflow',
    `select distinct on (stream, payload->>'stepId') stream as execution, payload->>'stepId' as step
     from outbox_events s where type = 'workflow.step.started' and not exists (
       select 1 from outbox_events e where e.stream = s.stream and e.payload->>'stepId' = s.payload->>'stepId'
       and e.type = 'workflow.step.completed')`,
  );

async function expectExactlyOnce(count: number) {
  const repeated = await sql(
    topology!,
    'workflow',
    `select stream, type, payload->>'stepId' as step, count(*)::int as count from outbox_events
     where type in ('workflow.step.completed', 'workflow.execution.completed')
     group by 1, 2, 3 having count(*) <> 1`,
  );
  expect(repeated).toEqual([]);
  expect(await completedSteps()).toBe(count * STEPS.length);
  const [agents] = await sql<{ all: number; keys: number; completed: number }>(
    topology!,
    'agent',
    `select count(*)::int as all, count(distinct idempotency_key)::int as keys,
     count(*) filter (where status = 'COMPLETED')::int as completed from agent_executions`,
  );
  expect(agents).toEqual({ all: count * 2, keys: count * 2, completed: count * 2 });
}

async function runWithFault(fault: () => Promise<void>) {
  const { user, workflowId, accepted } = await begin(EXECUTIONS, 0.3);
  await fault();
  const struck = performance.now();
  const interrupted = await underWay();
  await until(
    `the ${interrupted.length} steps under way go on`,
    async () => {
      const left = await underWay();
      return !left.some(({ execution, step }) =>
        interrupted.some((it) => it.execution === execution && it.step === step),
      );
    },
    { timeoutMs: GOES_ON_WITHIN_MS, everyMs: 50 },
  );
  const wentOn = performance.now() - struck;
  await accepted;
  await until(
    'all end',
    async () => {
      const { done } = await user.graph.query<{ done: { totalCount: number } }>(
        'query Done($workflowId: ID!) { done: workflowExecutions(first: 1, filter: { workflowId: $workflowId, status: [COMPLETED] }) { totalCount } }',
        { workflowId },
      );
      return done.totalCount === EXECUTIONS;
    },
    { timeoutMs: 90_000, everyMs: 200 },
  );
  await expectExactlyOnce(EXECUTIONS);
  expect(wentOn).toBeLessThan(GOES_ON_WITHIN_MS);
  const { results } = await user.graph.query<{ results: { nodes: { input: { n: number }; result: number }[] } }>(
    'query Results($workflowId: ID!) { results: workflowExecutions(first: 100, filter: { workflowId: $workflowId }) { nodes { input result } } }',
    { workflowId },
  );
  expect(results.nodes.filter(({ input, result }) => result !== (input.n + 1) * 2 + 1)).toEqual([]);
}

/** kill -9 of all workers at once; others take their place, as a supervisor starts them. */
async function killWorkers() {
  await Promise.all(topology!.workers.map((worker) => worker.kill()));
  await Promise.all([topology!.startWorker('workflow'), topology!.startWorker('agent')]);
}

describe.each(BACKENDS)('on %s', (backend) => {
  test('200 executions survive kill -9 of their workers, each step applied exactly once', async () => {
    topology = await startTopology({ backend, domains: DOMAINS });
    await runWithFault(killWorkers);
  }, 180_000);

  test('the same while 5 % of all enqueues are lost', async () => {
    topology = await startTopology({ backend, domains: DOMAINS, env: { QUEUE_FAULT_DROP_RATE: '0.05' } });
    await runWithFault(killWorkers);
  }, 180_000);
});

if (BACKENDS.includes('redis')) {
  test('200 executions survive that Redis forgets everything', async () => {
    topology = await startTopology({ backend: 'redis', domains: DOMAINS });
    await runWithFault(() => topology!.redis!.flush());
  }, 180_000);
}
