import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  echoAgent,
  executeWorkflow,
  executionEnds,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser } from '../harness/users.ts';

let topology: Topology;
beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'agent', 'workflow'], env: { QUEUE_FAULT_DROP_RATE: '0.05' } });
}, 120_000);
afterAll(() => topology?.stop());

const ITEMS = 60;
const ROUNDS = 12;

const completedParts = async () =>
  (
    await sql<{ count: number }>(
      topology,
      'workflow',
      `select count(*)::int as count from workflow_executions
       where parent_execution_id is not null and status = 'COMPLETED'`,
    )
  )[0]!.count;

/** kill -9 of all workers at once; others take their place, as a supervisor starts them. */
async function killWorkers() {
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  await Promise.all([topology.startWorker('workflow'), topology.startWorker('agent')]);
}

test('workers are killed twice within FOR_EACH and LOOP: each item and round is done once, in order', async () => {
  const user = await makeUser(topology);
  const agentId = await registerAgent(user.graph, { ...echoAgent('{"n": n + 1}'), concurrencyLimit: 20 });
  const inner = await createWorkflow(user.graph, { steps: [transformStep('x', 'input * 2')] });
  const workflowId = await createWorkflow(user.graph, {
    steps: [
      {
        id: 'each',
        stepType: 'FOR_EACH',
        config: {
          items: `[1..${ITEMS}]`,
          maxConcurrent: 8,
          steps: [
            agentStep('ask', agentId, { config: { input: '{"n": item}' } }),
            transformStep('n', 'steps.ask.result.n'),
          ],
        },
      },
      {
        id: 'again',
        stepType: 'LOOP',
        config: {
          until: `round >= ${ROUNDS}`,
          steps: [
            { id: 'twice', stepType: 'SUB_WORKFLOW', config: { workflowId: inner, input: 'previous ? previous : 1' } },
          ],
        },
      },
      transformStep('all', '{"each": steps.each.result, "again": steps.again.result}'),
    ],
  });
  const id = await executeWorkflow(user.graph, workflowId);
  for (const parts of [ITEMS / 3, ITEMS + ROUNDS]) {
    await until(`${parts} parts are done`, async () => (await completedParts()) >= parts, {
      timeoutMs: 90_000,
      everyMs: 5,
    });
    await killWorkers();
  }
  const execution = await executionEnds(user.graph, id, 90_000);
  const each = Array.from({ length: ITEMS }, (_, index) => index + 2);
  expect(execution).toMatchObject({ status: 'COMPLETED', result: { each, again: 2 ** ROUNDS } });

  expect(await completedParts()).toBe(ITEMS + 2 * ROUNDS);
  const repeated = await sql(
    topology,
    'workflow',
    `select stream, type, payload->>'stepId' as step, count(*)::int as count from outbox_events
     where type in ('workflow.step.completed', 'workflow.execution.completed') group by 1, 2, 3 having count(*) <> 1`,
  );
  expect(repeated).toEqual([]);
  const agents = await sql(
    topology,
    'agent',
    `select count(*)::int as all, count(distinct idempotency_key)::int as keys,
       count(*) filter (where status = 'COMPLETED')::int as completed from agent_executions`,
  );
  expect(agents).toEqual([{ all: ITEMS, keys: ITEMS, completed: ITEMS }]);
}, 300_000);
