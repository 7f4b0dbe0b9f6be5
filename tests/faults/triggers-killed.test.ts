import { afterEach, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { sql, type Domain } from '../harness/databases.ts';
import { createWorkflow, transformStep } from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, unique } from '../harness/users.ts';

const DOMAINS: readonly Domain[] = ['auth', 'workflow'];
const WORKFLOWS = 3;
/** As many as a workflow can have. */
const TRIGGERS = 20;
const ALL = WORKFLOWS * TRIGGERS;

let topology: Topology | undefined;
afterEach(async () => {
  await topology?.stop();
  topology = undefined;
});

interface Counts {
  readonly firings: number;
  readonly started: number;
  readonly executions: number;
}

test('schedules whose time comes while their workers are killed fire once each', async () => {
  topology = await startTopology({ domains: DOMAINS });
  const { graph } = await makeUser(topology);
  const product = topology;
  for (let w = 0; w < WORKFLOWS; w += 1) {
    const workflowId = await createWorkflow(graph, { steps: [transformStep('echo', 'input')] });
    for (let n = 0; n < TRIGGERS; n += 1) {
      const input = { workflowId, name: unique('trigger'), kind: 'SCHEDULE', cron: '0 0 1 1 *', overlap: 'SKIP' };
      await graph.mutate(
        'mutation ($input: CreateWorkflowTriggerInput!) { createWorkflowTrigger(input: $input) { __typename } }',
        { input },
      );
    }
  }
  // Their time comes now, not in January; a second worker takes rounds too.
  await product.startWorker('workflow');
  await sql(product, 'workflow', `update workflow_triggers set next_due_at = now() + interval '1 second'`);
  const counts = async () => {
    const [found] = await sql<Counts>(
      product,
      'workflow',
      `select (select count(*)::int from workflow_trigger_firings) as firings,
              (select count(*)::int from workflow_trigger_firings where status = 'STARTED') as started,
              (select count(*)::int from workflow_executions) as executions`,
    );
    return found ?? { firings: 0, started: 0, executions: 0 };
  };
  await until('a part has fired', async () => (await counts()).executions >= ALL * 0.3, {
    timeoutMs: 60_000,
    everyMs: 5,
  });
  await Promise.all(product.workers.map((worker) => worker.kill()));
  await product.startWorker('workflow');
  await until('all have fired', async () => (await counts()).started >= ALL, { timeoutMs: 60_000 });
  expect(await counts()).toEqual({ firings: ALL, started: ALL, executions: ALL });
  const perTrigger = await sql(
    product,
    'workflow',
    `select trigger_id from workflow_trigger_firings group by trigger_id having count(*) <> 1 or count(distinct execution_id) <> 1`,
  );
  expect(perTrigger).toEqual([]);
}, 180_000);
