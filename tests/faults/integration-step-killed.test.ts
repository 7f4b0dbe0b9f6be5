import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import { createWorkflow, executeWorkflow, executionEnds } from '../harness/fixtures.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

let topology: Topology;
let service: HttpDouble;
let user: TestUser;
const held: HttpCall[] = [];

beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'integration', 'workflow'] });
  service = await HttpDouble.start((call) => {
    // Its health is checked at times, too.
    if (call.path === '/') sendJson(call.response, {});
    else held.push(call);
  });
  user = await makeUser(topology);
}, 180_000);
afterAll(async () => {
  await topology?.stop();
  await service?.stop();
});

/** Begins an execution that pays, and waits until the service has been asked to. */
async function begin(): Promise<string> {
  held.length = 0;
  const integrationId = await registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: [{ name: 'pay', method: 'POST', path: '/pay' }],
    policy: { retry: { maxAttempts: 1 }, timeoutMs: 60_000 },
  });
  const steps = [{ id: 'pay', stepType: 'INTEGRATION', config: { integrationId, operation: 'pay', input: {} } }];
  const id = await executeWorkflow(user.graph, await createWorkflow(user.graph, { steps }));
  await until('the service is asked to pay', () => held.length === 1);
  return id;
}

async function killWorkers() {
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  await topology.startWorker('workflow');
}

test('a worker is killed between the call and its record: the service is called once, and its answer is the result', async () => {
  const id = await begin();
  await killWorkers();
  sendJson(held[0]!.response, { paid: true });
  const execution = await executionEnds(user.graph, id, 60_000);
  expect(execution).toMatchObject({ status: 'COMPLETED', result: { paid: true }, steps: [{ attempts: 1 }] });
  expect(held).toHaveLength(1);
}, 120_000);

test('the integration service is killed during the call: the service is not called again, and the step says why', async () => {
  const id = await begin();
  await topology.apis.integration.kill();
  await topology.startApi('integration');
  const execution = await executionEnds(user.graph, id, 90_000);
  expect(execution).toMatchObject({ error: { code: 'OUTCOME_UNKNOWN', stepId: 'pay' }, steps: [{ attempts: 1 }] });
  expect(held).toHaveLength(1);
}, 150_000);
