import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import { compensationsAre } from '../harness/compensations.ts';
import { createWorkflow, executeWorkflow, transformStep } from '../harness/fixtures.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

let topology: Topology;
let service: HttpDouble;
let user: TestUser;
const undone: HttpCall[] = [];

beforeAll(async () => {
  topology = await startTopology({
    domains: ['auth', 'integration', 'workflow'],
    env: { QUEUE_FAULT_DROP_RATE: '0.1' },
  });
  service = await HttpDouble.start((call) => {
    if (call.path !== '/') undone.push(call);
    // The first one is answered when the worker that has called is gone.
    if (undone.length !== 1) sendJson(call.response, {});
  });
  user = await makeUser(topology);
}, 180_000);
afterAll(async () => {
  await topology?.stop();
  await service?.stop();
});

/** kill -9 of all workers of workflows; another takes their place, as a supervisor starts it. */
async function killWorkers() {
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  await topology.startWorker('workflow');
}

const STEPS = 12;

test('workers are killed again and again among compensations: the service is told each once, the last step first', async () => {
  const integrationId = await registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: [{ name: 'undo', method: 'POST', path: '/undo' }],
    policy: { retry: { maxAttempts: 1 }, timeoutMs: 60_000 },
  });
  const steps = Array.from({ length: STEPS }, (_, n) =>
    transformStep(`s${n}`, `${n}`, {
      compensation: {
        stepType: 'INTEGRATION',
        config: { integrationId, operation: 'undo', input: `{"n": steps.s${n}.result}` },
      },
    }),
  );
  const workflowId = await createWorkflow(user.graph, { steps: [...steps, transformStep('last', '$error("broken")')] });
  const id = await executeWorkflow(user.graph, workflowId);

  await until('the service is asked to undo something', () => undone.length === 1);
  await killWorkers();
  sendJson(undone[0]!.response, {});
  for (const calls of [4, 8]) {
    await until(`${calls} are undone`, () => undone.length >= calls, { timeoutMs: 60_000, everyMs: 1 });
    await killWorkers();
  }
  const { compensations } = await compensationsAre(user.graph, id, 'COMPLETED', 120_000);
  const inReverse = Array.from({ length: STEPS }, (_, at) => STEPS - 1 - at);
  expect(compensations.nodes.map(({ stepId, status }) => `${stepId} ${status}`)).toEqual(
    inReverse.map((n) => `s${n} COMPLETED`),
  );
  expect(undone.map(({ body }) => (JSON.parse(body) as { n: number }).n)).toEqual(inReverse);
}, 300_000);
