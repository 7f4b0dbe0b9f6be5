import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import {
  agentStep,
  createWorkflow,
  executeWorkflow,
  executionEnds,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
const doubles: HttpDouble[] = [];
beforeAll(async () => {
  user = await makeUser(product);
});
afterAll(() => Promise.all(doubles.map((double) => double.stop())));

/** An agent that always answers so. */
async function failingAgent(status: number) {
  const double = await HttpDouble.start((_call, response) => sendJson(response, {}, status));
  doubles.push(double);
  const agentId = await registerAgent(user.graph, {
    name: unique('failing'),
    type: 'Failing',
    kind: 'HTTP',
    http: { url: double.url },
    retryPolicy: { maxAttempts: 1 },
  });
  return { double, agentId };
}

async function run(definition: Readonly<Record<string, unknown>>, input: unknown = {}) {
  const id = await executeWorkflow(user.graph, await createWorkflow(user.graph, definition), { input });
  const execution = await executionEnds(user.graph, id);
  const states = Object.fromEntries(execution.steps.map((each) => [each.id, each.status]));
  return { ...execution, states };
}

test('SEQUENTIAL: what follows a skipped step runs, unless the step says otherwise', async () => {
  const steps = (more: object) => [
    transformStep('a', '1'),
    transformStep('b', '2', { condition: 'input.wanted', ...more }),
    transformStep('c', 'steps.b.result ? "b" : "none"'),
    transformStep('d', '"end"'),
  ];
  const goesOn = await run({ steps: steps({}) }, { wanted: false });
  expect(goesOn).toMatchObject({ status: 'COMPLETED', result: 'end' });
  expect(goesOn.states).toEqual({ a: 'COMPLETED', b: 'SKIPPED', c: 'COMPLETED', d: 'COMPLETED' });
  const stops = await run({ steps: steps({ onSkip: 'SKIP_FOLLOWERS' }) }, { wanted: false });
  expect([stops.status, stops.result]).toEqual(['COMPLETED', {}]);
  expect(stops.states).toEqual({ a: 'COMPLETED', b: 'SKIPPED', c: 'SKIPPED', d: 'SKIPPED' });
});

test('onFailure: the failure is caught, its error is read, and the sequence goes on after it', async () => {
  const { agentId } = await failingAgent(500);
  const execution = await run({
    steps: [
      agentStep('call', agentId, { retryCount: 0, onFailure: ['mend'] }),
      transformStep('mend', '"mended: " & steps.call.error.code'),
      transformStep('after', 'steps.mend.result'),
    ],
  });
  expect(execution).toMatchObject({ status: 'COMPLETED', error: null, result: 'mended: AGENT_FAILED' });
  expect(execution.states).toEqual({ call: 'FAILED', mend: 'COMPLETED', after: 'COMPLETED' });
});

test('retryPolicy: the code that the agent gives is not retried when the policy names it', async () => {
  const named = await failingAgent(503);
  const usual = await failingAgent(503);
  const steps = (agentId: string, nonRetryableErrors: string[]) => [
    agentStep('call', agentId, {
      retryCount: 2,
      retryPolicy: { initialDelayMs: 100, maxDelayMs: 100, nonRetryableErrors },
    }),
  ];
  const first = await run({ steps: steps(usual.agentId, []) });
  expect(first).toMatchObject({ status: 'FAILED', error: { code: 'AGENT_FAILED' }, steps: [{ attempts: 3 }] });
  const second = await run({ steps: steps(named.agentId, ['HTTP_STATUS']) });
  expect(second).toMatchObject({ status: 'FAILED', error: { code: 'AGENT_FAILED' }, steps: [{ attempts: 1 }] });
  expect([usual.double.calls.length, named.double.calls.length]).toEqual([3, 1]);
});
