import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  EXECUTE_WORKFLOW,
  agentStep,
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionEnds,
  executionIs,
  registerAgent,
  showExecution,
  transformStep,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
const doubles: HttpDouble[] = [];
beforeAll(async () => {
  user = await makeUser(product);
});
afterAll(() => Promise.all(doubles.map((double) => double.stop())));

async function remoteAgent(...answer: Parameters<typeof HttpDouble.start>) {
  const double = await HttpDouble.start(...answer);
  doubles.push(double);
  const agentId = await registerAgent(user.graph, {
    name: unique('remote'),
    type: 'Remote',
    kind: 'HTTP',
    http: { url: double.url },
    retryPolicy: { maxAttempts: 1 },
  });
  return { double, agentId };
}

const run = async (definition: Readonly<Record<string, unknown>>, input: unknown = {}) =>
  executionEnds(user.graph, await executeWorkflow(user.graph, await createWorkflow(user.graph, definition), { input }));
const change = (field: string, id: string, more = '') =>
  user.graph.mutate(
    `mutation Change($id: ID!) { ${field}(input: { id: $id ${more} }) { __typename ... on MutationError { code } ... on WorkflowExecutionStateError { status } } }`,
    { id },
  );
const states = (steps: readonly { id: string; status: string }[]) =>
  Object.fromEntries(steps.map(({ id, status }) => [id, status]));

test('SEQUENTIAL hands results on from step to step', async () => {
  const agentId = await registerAgent(user.graph, {
    name: unique('greeter'),
    type: 'Greeter',
    kind: 'BUILTIN',
    builtin: { function: 'TEMPLATE', options: { template: 'Hello {{ name }}' } },
  });
  const execution = await run(
    {
      config: { mark: '!' },
      steps: [
        transformStep('name', '$uppercase(input.name)'),
        agentStep('greet', agentId, { config: { input: '{"name": steps.name.result}' } }),
        transformStep('shout', 'steps.greet.result.text & context.mark'),
      ],
    },
    { name: 'ada' },
  );
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 'Hello ADA!', error: null });
  expect(execution.steps.map(({ attempts, result }) => ({ attempts, result }))).toEqual([
    { attempts: 1, result: 'ADA' },
    { attempts: 1, result: { text: 'Hello ADA' } },
    { attempts: 1, result: 'Hello ADA!' },
  ]);
});

test('PARALLEL steps run at the same time, a fan-out of 20 is joined', async () => {
  let waiting: (() => void)[] = [];
  const { double, agentId } = await remoteAgent((_call, response) => {
    waiting.push(() => sendJson(response, 1));
    // Nobody is answered before all three have called: one after the other would wait for ever.
    if (waiting.length === 3) waiting = waiting.filter((answer) => void answer());
  });
  const three = await run({ type: 'PARALLEL', steps: ['a', 'b', 'c'].map((id) => agentStep(id, agentId)) });
  expect(three).toMatchObject({ status: 'COMPLETED', result: { a: 1, b: 1, c: 1 } });
  expect(double.calls).toHaveLength(3);
  const wide = Array.from({ length: 20 }, (_, index) => `w${index}`);
  const fan = await run({
    type: 'PARALLEL',
    steps: [
      ...wide.map((id, index) => transformStep(id, String(index))),
      transformStep('sum', '$sum($each(steps, function($s) { $s.result }))', { dependencies: wide }),
    ],
  });
  expect(fan).toMatchObject({ status: 'COMPLETED', result: 190 });
});

test.each([
  [5, { high: 'COMPLETED', low: 'SKIPPED', lower: 'SKIPPED', end: 'COMPLETED' }, 'high'],
  [1, { high: 'SKIPPED', low: 'COMPLETED', lower: 'COMPLETED', end: 'COMPLETED' }, 'low'],
])('CONDITIONAL chooses the branch for %d', async (n, expected, result) => {
  const execution = await run(
    {
      type: 'CONDITIONAL',
      steps: [
        { id: 'check', stepType: 'CONDITION', config: { expression: 'input.n > 3' } },
        transformStep('high', '"high"', { dependencies: ['check'], condition: 'steps.check.result' }),
        transformStep('low', '"low"', { dependencies: ['check'], condition: '!steps.check.result' }),
        transformStep('lower', '"lower"', { dependencies: ['low'] }),
        transformStep('end', 'steps.high.result ? steps.high.result : steps.low.result', {
          dependencies: ['high', 'lower'],
        }),
      ],
    },
    { n },
  );
  expect(states(execution.steps)).toMatchObject(expected);
  expect(execution).toMatchObject({ status: 'COMPLETED', result });
});

test('a step that fails is tried again, and then fails the execution; its successors do not run', async () => {
  let calls = 0;
  const { agentId } = await remoteAgent((_call, response) => sendJson(response, {}, ++calls === 2 ? 200 : 500));
  const steps = (retryCount: number) => [agentStep('call', agentId, { retryCount }), transformStep('after', '1')];
  expect(await run({ steps: steps(1) })).toMatchObject({
    status: 'COMPLETED',
    steps: [{ attempts: 2 }, { attempts: 1 }],
  });
  const failed = await run({ steps: steps(0) });
  expect(failed).toMatchObject({ status: 'FAILED', result: null, error: { code: 'AGENT_FAILED', stepId: 'call' } });
  expect(states(failed.steps)).toEqual({ call: 'FAILED', after: 'CANCELLED' });
});

test('continueOnFailure goes on with null', async () => {
  const execution = await run({
    steps: [
      transformStep('bad', '$error("no")', { retryCount: 0, continueOnFailure: true }),
      transformStep('after', '$exists(steps.bad.result) and steps.bad.result != null ? "value" : "none"'),
    ],
  });
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 'none' });
  expect(states(execution.steps)).toEqual({ bad: 'FAILED', after: 'COMPLETED' });
});

test('a step that takes too long has failed', async () => {
  const { double, agentId } = await remoteAgent(() => undefined);
  const execution = await run({ steps: [agentStep('slow', agentId, { timeoutSeconds: 1, retryCount: 0 })] });
  expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'TIMEOUT', stepId: 'slow' } });
  await until('the call is aborted', () => double.calls[0]!.aborted);
});

test('paused, no further step begins; resumed, it goes on', async () => {
  let answer: (() => void) | undefined;
  const { double, agentId } = await remoteAgent((_call, response) => (answer = () => sendJson(response, 'first')));
  const workflowId = await createWorkflow(user.graph, {
    steps: [agentStep('first', agentId), transformStep('second', 'steps.first.result & " second"')],
  });
  const id = await executeWorkflow(user.graph, workflowId);
  await until('the agent is called', () => double.calls.length === 1);
  expect(await change('pauseWorkflowExecution', id)).toEqual({ __typename: 'PauseWorkflowExecutionSuccess' });
  answer!();
  const paused = await until('the first step ends', async () => {
    const execution = await showExecution(user.graph, id);
    return execution.steps[0]!.status === 'COMPLETED' ? execution : null;
  });
  expect(paused.status).toBe('PAUSED');
  expect(['PENDING', 'READY']).toContain(paused.steps[1]!.status);
  expect(await change('pauseWorkflowExecution', id)).toEqual({
    __typename: 'WorkflowExecutionStateError',
    code: 'WORKFLOW_EXECUTION_STATE',
    status: 'PAUSED',
  });
  expect(await change('resumeWorkflowExecution', id)).toEqual({ __typename: 'ResumeWorkflowExecutionSuccess' });
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: 'first second' });
});

test('cancel ends it for good, the work of its agents included', async () => {
  const { double, agentId } = await remoteAgent(() => undefined);
  const workflowId = await createWorkflow(user.graph, {
    steps: [transformStep('first', '1'), agentStep('call', agentId), transformStep('after', '1')],
  });
  const id = await executeWorkflow(user.graph, workflowId);
  await until('the agent is called', () => double.calls.length === 1);
  expect(await change('cancelWorkflowExecution', id)).toEqual({ __typename: 'CancelWorkflowExecutionSuccess' });
  await until('the call is aborted', () => double.calls[0]!.aborted);
  const execution = await executionEnds(user.graph, id);
  expect(execution.status).toBe('CANCELLED');
  expect(states(execution.steps)).toEqual({ first: 'COMPLETED', call: 'CANCELLED', after: 'CANCELLED' });
  expect(await change('cancelWorkflowExecution', id)).toMatchObject({
    code: 'WORKFLOW_EXECUTION_STATE',
    status: 'CANCELLED',
  });
});

test('retry runs the failed step again and keeps what came before', async () => {
  let healthy = false;
  const { agentId } = await remoteAgent((_call, response) => sendJson(response, 'ok', healthy ? 200 : 400));
  const workflowId = await createWorkflow(user.graph, {
    steps: [
      transformStep('first', '$random()'),
      agentStep('call', agentId, { retryCount: 0 }),
      transformStep('last', '"end"'),
    ],
  });
  const id = await executeWorkflow(user.graph, workflowId);
  const failed = await executionEnds(user.graph, id);
  expect(failed.status).toBe('FAILED');
  healthy = true;
  expect(await change('retryWorkflowExecution', id)).toEqual({ __typename: 'RetryWorkflowExecutionSuccess' });
  const second = await executionIs(user.graph, id, ['COMPLETED']);
  expect(second.steps.map(({ attempts }) => attempts)).toEqual([1, 2, 1]);
  expect(second.steps[0]!.result).toBe(failed.steps[0]!.result);
  expect(await change('retryWorkflowExecution', id, 'fromStep: "first"')).toEqual({
    __typename: 'RetryWorkflowExecutionSuccess',
  });
  const third = await until('all steps ran again', async () => {
    const execution = await showExecution(user.graph, id);
    return execution.status === 'COMPLETED' && execution.steps[0]!.attempts === 2 ? execution : null;
  });
  expect(third.steps.map(({ attempts }) => attempts)).toEqual([2, 3, 2]);
  expect(third.steps[0]!.result).not.toBe(failed.steps[0]!.result);
  expect(await change('retryWorkflowExecution', id, 'fromStep: "nowhere"')).toMatchObject({ code: 'INVALID_INPUT' });
});

test('a delay waits at least as long as it says, and tells when it ends', async () => {
  const workflowId = await createWorkflow(user.graph, {
    steps: [delayStep('wait', 2), transformStep('after', '"done"')],
  });
  const begun = Date.now();
  const id = await executeWorkflow(user.graph, workflowId);
  await executionIs(user.graph, id, ['WAITING']);
  const { workflowExecution } = await user.graph.query<{
    workflowExecution: { steps: { status: string; wakeAt: string }[] };
  }>('query Wake($id: ID!) { workflowExecution(id: $id) { steps { status wakeAt } } }', { id });
  expect(workflowExecution.steps[0]!.status).toBe('WAITING');
  expect(Date.parse(workflowExecution.steps[0]!.wakeAt) - begun).toBeGreaterThanOrEqual(1_900);
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: 'done' });
  expect(Date.now() - begun).toBeGreaterThanOrEqual(1_900);
});

test('an idempotency key begins one execution, however often and at once it is used', async () => {
  const workflowId = await createWorkflow(user.graph, { steps: [transformStep('a', '1')] });
  const input = { workflowId, idempotencyKey: unique('key') };
  const results = await Promise.all(
    Array.from({ length: 5 }, () =>
      user.graph.mutate<{ created: boolean; execution: { id: string } }>(EXECUTE_WORKFLOW, { input }),
    ),
  );
  expect(new Set(results.map(({ execution }) => execution.id)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
});

test('input must satisfy the schema of the workflow', async () => {
  const workflowId = await createWorkflow(user.graph, {
    inputSchema: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } },
    steps: [transformStep('a', 'input.n')],
  });
  const execute = (input: unknown) => user.graph.mutate(EXECUTE_WORKFLOW, { input: { workflowId, input } });
  expect(await execute({ n: 'three' })).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [{ path: 'input.n' }],
  });
  expect(await execute({ n: 3 })).toMatchObject({ __typename: 'ExecuteWorkflowSuccess' });
});

test('an agent that is gone fails the step, not the engine', async () => {
  const agentId = await registerAgent(user.graph);
  const workflowId = await createWorkflow(user.graph, { steps: [agentStep('call', agentId, { retryCount: 0 })] });
  await user.graph.mutate('mutation Gone($id: ID!) { deregisterAgent(input: { id: $id }) { __typename } }', {
    id: agentId,
  });
  const execution = await executionEnds(user.graph, await executeWorkflow(user.graph, workflowId));
  expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'AGENT_NOT_FOUND', stepId: 'call' } });
});
