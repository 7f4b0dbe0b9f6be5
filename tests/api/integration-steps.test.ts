import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import { CREATE_WORKFLOW, createWorkflow, executeWorkflow, executionEnds, transformStep } from '../harness/fixtures.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let service: HttpDouble;
let answer: (call: HttpCall) => void;

beforeAll(async () => {
  user = await makeUser(product);
  service = await HttpDouble.start((call) => answer(call));
});
beforeEach(() => {
  service.calls.length = 0;
  answer = ({ path, response }) => sendJson(response, { path });
});
afterAll(() => service.stop());

/** Those of steps: its health is checked at times, too. */
const calls = () => service.calls.filter(({ path }) => path !== '/');

const register = (more: object = {}) =>
  registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: [
      { name: 'find', method: 'GET', path: '/things/{id}' },
      {
        name: 'pay',
        method: 'POST',
        path: '/pay',
        inputSchema: { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } },
      },
    ],
    policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 3 } },
    ...more,
  });
const callStep = (integrationId: string, config: object = {}, more: object = {}) => ({
  id: 'call',
  stepType: 'INTEGRATION',
  config: { integrationId, operation: 'pay', ...config },
  ...more,
});

async function run(steps: object[], input: unknown = null) {
  const workflowId = await createWorkflow(user.graph, { steps });
  const id = await executeWorkflow(user.graph, workflowId, { input });
  return { workflowId, id, execution: await executionEnds(user.graph, id) };
}

interface Step {
  readonly status: string;
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly waitingFor: { readonly service: string; readonly message: string } | null;
}

async function stepOf(executionId: string): Promise<Step> {
  const { workflowExecution } = await user.graph.query<{ workflowExecution: { steps: Step[] } }>(
    `query ($id: ID!) { workflowExecution(id: $id) {
      steps { status attempts error { code message } waitingFor { service message } } } }`,
    { id: executionId },
  );
  return workflowExecution.steps[0]!;
}

test('a step calls an operation: its input is filled in, its answer is the result, the key is that of the run', async () => {
  const integrationId = await register();
  const input = { amount: '{% input.euros * 100 %}', note: 'as it is', list: ['{% input.who %}', 7] };
  const { id, execution } = await run(
    [
      callStep(integrationId, { input }),
      { ...callStep(integrationId, { operation: 'find', input: '{"id": input.who}' }), id: 'find' },
      transformStep('end', '{"pay": steps.call.result.path, "find": steps.find.result.path}'),
    ],
    { euros: 2, who: 'ada' },
  );
  expect(execution).toMatchObject({ status: 'COMPLETED', result: { pay: '/pay', find: '/things/ada' } });
  const [paid] = calls();
  expect(JSON.parse(paid!.body)).toEqual({ amount: 200, note: 'as it is', list: ['ada', 7] });
  expect(paid!.headers['idempotency-key']).toBe(`${id}:call:1`);
});

test('what the service refuses is not tried again; what it may have done is told as unknown', async () => {
  const integrationId = await register({ policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 50 } } });
  const input = { amount: 1 };
  answer = ({ response }) => sendJson(response, { why: 'no such account' }, 400);
  const refused = await run([callStep(integrationId, { input })]);
  expect(refused.execution.error).toEqual({ code: 'INTEGRATION_FAILED', stepId: 'call' });
  answer = ({ response }) => sendJson(response, {}, 500);
  const unknown = await run([callStep(integrationId, { input })]);
  expect(unknown.execution).toMatchObject({ error: { code: 'OUTCOME_UNKNOWN' }, steps: [{ attempts: 1 }] });
  const wrong = await run([callStep(integrationId, { input: '{"amount": "much"}' })]);
  expect(wrong.execution).toMatchObject({ error: { code: 'INTEGRATION_INPUT' }, steps: [{ attempts: 1 }] });
  expect(calls()).toHaveLength(2);
});

test('a read that fails is tried again, as often as the step says', async () => {
  const integrationId = await register({ policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 50 } } });
  answer = ({ path, response }) => sendJson(response, { path }, calls().length === 1 ? 500 : 200);
  const find = callStep(integrationId, { operation: 'find', input: { id: 1 } }, { retryCount: 1 });
  expect((await run([find])).execution).toMatchObject({ status: 'COMPLETED', steps: [{ attempts: 2 }] });
});

test('a service that recognises keys does its work once, in all attempts of a run; a retry by a person is another run', async () => {
  const charged = new Set<string>();
  let failures = 3;
  answer = ({ response, headers }) => {
    charged.add(String(headers['idempotency-key']));
    // It has done its work, and its answer is lost.
    if ((failures -= 1) >= 0) return sendJson(response, {}, 500);
    return sendJson(response, { charged: charged.size });
  };
  const integrationId = await register({
    operations: [{ name: 'pay', method: 'POST', path: '/pay', repeatable: true }],
    policy: { retry: { maxAttempts: 2, initialDelayMs: 1 }, circuitBreaker: { minimumCalls: 50 } },
  });
  const steps = [callStep(integrationId, {}, { retryCount: 1 }), transformStep('fail', '$error("no")')];
  const { id, execution } = await run(steps);
  // Two attempts of the step, of two attempts of the integration each.
  expect(calls().map(({ headers }) => headers['idempotency-key'])).toEqual(Array(4).fill(`${id}:call:1`));
  expect(execution.steps[0]).toMatchObject({ status: 'COMPLETED', attempts: 2 });
  await user.graph.mutate(
    `mutation ($input: RetryWorkflowExecutionInput!) { retryWorkflowExecution(input: $input) { __typename
      ... on MutationError { code message } } }`,
    { input: { id, fromStep: 'call' } },
  );
  await until('it is called again', () => calls().length === 5);
  expect([...charged]).toEqual([`${id}:call:1`, `${id}:call:2`]);
});

test('while the service asks for patience the step waits, visibly and without attempts, up to its bound', async () => {
  const integrationId = await register();
  let busy = true;
  answer = ({ response }) => {
    response.setHeader('retry-after', '1');
    sendJson(response, { ok: true }, busy ? 429 : 200);
  };
  const steps = [callStep(integrationId, { input: { amount: 1 } }, { retryCount: 0 })];
  const workflowId = await createWorkflow(user.graph, { steps });
  const id = await executeWorkflow(user.graph, workflowId);
  const waiting = await until('the step waits', async () => {
    const step = await stepOf(id);
    return step.waitingFor && step;
  });
  expect(waiting).toMatchObject({ status: 'READY', attempts: 0, waitingFor: { service: 'integration' } });
  busy = false;
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', steps: [{ attempts: 1 }] });
  busy = true;
  const bounded = await run([callStep(integrationId, { input: { amount: 1 }, maxWaitMs: 0 })]);
  expect(bounded.execution).toMatchObject({ error: { code: 'INTEGRATION_UNAVAILABLE' }, steps: [{ attempts: 1 }] });
});

test('while its circuit is open the integration is not called; the step goes on when it is closed', async () => {
  const integrationId = await register();
  answer = ({ response }) => sendJson(response, {}, 500);
  for (let n = 0; n < 4; n += 1) await run([callStep(integrationId, { input: { amount: 1 }, maxWaitMs: 0 })]);
  const workflowId = await createWorkflow(user.graph, { steps: [callStep(integrationId, { input: { amount: 1 } })] });
  const before = calls().length;
  const id = await executeWorkflow(user.graph, workflowId);
  const { waitingFor } = await until('the step waits', async () => {
    const step = await stepOf(id);
    return step.waitingFor && step;
  });
  expect(waitingFor!.message).toMatch(/^Recent calls have failed/);
  expect(calls()).toHaveLength(before);
  answer = ({ response }) => sendJson(response, { ok: true });
  await user.graph.mutate(`mutation ($id: ID!) { resetCircuitBreaker(input: { id: $id }) { __typename } }`, {
    id: integrationId,
  });
  expect((await executionEnds(user.graph, id)).status).toBe('COMPLETED');
});

test('a workflow is refused that names an integration, an operation or an input that cannot be called', async () => {
  const integrationId = await register();
  const stranger = await makeUser(product);
  const steps = [
    { ...callStep('nothing'), id: 'a' },
    { ...callStep(integrationId, { operation: 'send' }), id: 'b' },
    { ...callStep(integrationId, { input: { amount: 'much' } }), id: 'c' },
    { ...callStep(integrationId, { input: { amount: '{% input. %}' } }), id: 'd' },
    { ...callStep(integrationId, { inputs: 1, maxWaitMs: -1 }), id: 'e' },
  ];
  const result = await user.graph.mutate<{ problems: { code: string; path: string }[] }>(CREATE_WORKFLOW, {
    input: { name: unique('wrong'), type: 'PARALLEL', steps },
  });
  expect(result.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'UNKNOWN_INTEGRATION steps[0].config.integrationId',
    'INVALID_VALUE steps[1].config.operation',
    'INVALID_VALUE steps[2].config.input.amount',
    'BAD_EXPRESSION steps[3].config.input.amount',
    'INVALID_VALUE steps[4].config.maxWaitMs',
    'INVALID_VALUE steps[4].config.inputs',
  ]);
  const foreign = await stranger.graph.mutate(CREATE_WORKFLOW, {
    input: { name: unique('foreign'), steps: [callStep(integrationId)] },
  });
  expect(foreign).toMatchObject({ problems: [{ code: 'UNKNOWN_INTEGRATION' }] });
});

test('an integration shows the workflows that use it, and is not deleted from under them', async () => {
  const integrationId = await register();
  const name = unique('payer');
  const workflowId = await createWorkflow(user.graph, { name, steps: [callStep(integrationId)] });
  const dependents = async () => {
    const { integration } = await user.graph.query<{ integration: { dependents: { nodes: object[] } } }>(
      `query ($id: ID!) { integration(id: $id) { dependents(kind: WORKFLOW) {
        nodes { kind id name impact owner { id } workflow { id name } } } } }`,
      { id: integrationId },
    );
    return integration.dependents.nodes;
  };
  const shown = { kind: 'WORKFLOW', id: workflowId, name, impact: 'NONE', owner: { id: user.id } };
  const told = await until('it is told', async () => {
    const nodes = await dependents();
    return nodes.length > 0 && nodes;
  });
  expect(told).toEqual([{ ...shown, workflow: { id: workflowId, name } }]);
  const remove = `mutation ($id: ID!) { deleteIntegration(input: { id: $id }) { __typename } }`;
  expect(await user.graph.mutate(remove, { id: integrationId })).toEqual({ __typename: 'IntegrationInUseError' });
  await user.graph.mutate(`mutation ($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { __typename } }`, {
    input: { id: workflowId, steps: [transformStep('end', '1')] },
  });
  await until('it is told that it uses it no more', async () => (await dependents()).length === 0);
});

test('an execution of an earlier version still counts, until it has ended', async () => {
  const integrationId = await register();
  const held: HttpCall[] = [];
  answer = (call) => (call.path === '/' ? sendJson(call.response, {}) : void held.push(call));
  const workflowId = await createWorkflow(user.graph, { steps: [callStep(integrationId, { input: { amount: 1 } })] });
  const id = await executeWorkflow(user.graph, workflowId);
  await until('it calls', () => held.length === 1);
  await user.graph.mutate(`mutation ($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { __typename } }`, {
    input: { id: workflowId, steps: [transformStep('end', '1')] },
  });
  const count = async () => {
    const { integration } = await user.graph.query<{ integration: { dependents: { totalCount: number } } }>(
      'query ($id: ID!) { integration(id: $id) { dependents { totalCount } } }',
      { id: integrationId },
    );
    return integration.dependents.totalCount;
  };
  await until('it is told', async () => (await count()) === 1);
  sendJson(held[0]!.response, { ok: true });
  expect((await executionEnds(user.graph, id)).status).toBe('COMPLETED');
  await until('it does not count any more', async () => (await count()) === 0, { timeoutMs: 30_000 });
});
