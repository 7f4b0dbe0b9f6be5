import { beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import {
  createWorkflow,
  executeAgent,
  executeWorkflow,
  executionEnds,
  executionIs,
  registerAgent,
  showExecution,
  transformStep,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let other: TestUser;
beforeAll(async () => {
  [user, other] = await Promise.all([makeUser(product), makeUser(product)]);
});

const waitStep = (id: string, config: object, more: object = {}) => ({
  id,
  stepType: 'WAIT_FOR_EVENT',
  config: { timeoutSeconds: 600, ...config },
  ...more,
});

const SIGNAL = `mutation Signal($input: SignalWorkflowExecutionInput!) {
  signalWorkflowExecution(input: $input) {
    __typename
    ... on SignalWorkflowExecutionSuccess { created execution { id } }
    ... on InvalidInputError { fields { path message } }
    ... on WorkflowExecutionStateError { status }
    ... on WorkflowSignalLimitError { limit }
    ... on MutationError { code }
  }
}`;
const signal = (executionId: string, name: string, more: object = {}, by = user) =>
  by.graph.mutate<Record<string, unknown>>(SIGNAL, { input: { executionId, name, ...more } });

const start = async (definition: object, input: unknown = {}) =>
  executeWorkflow(user.graph, await createWorkflow(user.graph, { ...definition }), { input });

test('a signal with a key is told once, and continues the step', async () => {
  const id = await start({
    steps: [waitStep('paid', { event: 'paid' }), transformStep('sum', 'steps.paid.result.payload.sum')],
  });
  await executionIs(user.graph, id, ['WAITING']);
  const more = { payload: { sum: 7 }, idempotencyKey: 'k' };
  expect(await signal(id, 'unpaid', more)).toMatchObject({ created: true });
  expect(await signal(id, 'unpaid', more)).toMatchObject({ created: false });
  expect(await signal(id, 'unpaid', { ...more, payload: 8 })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  expect((await showExecution(user.graph, id)).status).toBe('WAITING');
  expect(await signal(id, 'paid', { payload: { sum: 7 } })).toMatchObject({ created: true, execution: { id } });
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: 7 });
});

test('what is refused: ended executions, those of others, names of events, payloads that are too large', async () => {
  const id = await start({ steps: [waitStep('w', { event: 'go' })] });
  expect(await signal(id, 'go', {}, other)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await signal(id, 'agent.executed')).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: 'name' }] });
  expect(await signal(id, 'go', { payload: 'x'.repeat(70_000) })).toMatchObject({ fields: [{ path: 'payload' }] });
  expect(await signal(id, 'go')).toMatchObject({ created: true });
  await executionEnds(user.graph, id);
  expect(await signal(id, 'go')).toMatchObject({ code: 'WORKFLOW_EXECUTION_STATE', status: 'COMPLETED' });
});

test('EVENT_DRIVEN: each branch begins when its event comes; one without an event is refused', async () => {
  const after = (id: string) => transformStep(`after_${id}`, `steps.${id}.result.payload`, { dependencies: [id] });
  const id = await start({
    type: 'EVENT_DRIVEN',
    steps: [waitStep('a', { event: 'a' }), after('a'), waitStep('b', { event: 'b' }), after('b')],
  });
  await executionIs(user.graph, id, ['WAITING']);
  await signal(id, 'b', { payload: 2 });
  await until('one branch has run', async () => (await showExecution(user.graph, id)).steps[3]?.status === 'COMPLETED');
  expect((await showExecution(user.graph, id)).steps[1]?.status).toBe('PENDING');
  await signal(id, 'a', { payload: 1 });
  expect(await executionEnds(user.graph, id)).toMatchObject({ result: { after_a: 1, after_b: 2 } });
  const refused = await user.graph.query<{ validateWorkflow: { problems: unknown[] } }>(
    'query ($input: CreateWorkflowInput!) { validateWorkflow(input: $input) { problems { code path } } }',
    { input: { name: 'x', type: 'EVENT_DRIVEN', steps: [transformStep('a', '1')] } },
  );
  expect(refused.validateWorkflow.problems).toEqual([{ code: 'INVALID_VALUE', path: 'steps[0].stepType' }]);
});

test('an event of the product, chosen by a value of the execution', async () => {
  const [mine, another] = await Promise.all([registerAgent(user.graph), registerAgent(user.graph)]);
  const id = await start(
    {
      steps: [
        waitStep('done', { event: 'agent.executed', correlation: { field: 'agentId', value: 'input.agentId' } }),
        transformStep('status', 'steps.done.result.payload.status'),
      ],
    },
    { agentId: mine },
  );
  await executionIs(user.graph, id, ['WAITING']);
  await executeAgent(user.graph, another, { input: {}, wait: true });
  await executeAgent(user.graph, mine, { input: {}, wait: true });
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: 'COMPLETED' });
});

test('steps inside of FOR_EACH are told with their execution: each signal reaches the item that it is for, once', async () => {
  const inside = (id: string) => waitStep(id, { event: 'paid', correlation: { field: 'order', value: 'item' } });
  const id = await start(
    {
      steps: [
        {
          id: 'orders',
          stepType: 'FOR_EACH',
          config: {
            items: 'input.orders',
            steps: [inside('paid'), transformStep('sum', 'steps.paid.result.payload.sum')],
          },
        },
      ],
    },
    { orders: ['a', 'b', 'c'] },
  );
  // Before any item waits, in another order, and one of them twice.
  expect(await signal(id, 'paid', { payload: { order: 'c', sum: 3 } })).toMatchObject({ created: true });
  await executionIs(user.graph, id, ['WAITING', 'RUNNING']);
  await signal(id, 'paid', { payload: { order: 'a', sum: 1 } });
  await signal(id, 'paid', { payload: { order: 'a', sum: 100 } });
  await signal(id, 'paid', { payload: { order: 'b', sum: 2 } });
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: [1, 2, 3] });
});

test('signals without a correlation are taken by one item each, also inside of a LOOP inside of FOR_EACH', async () => {
  const rounds = {
    id: 'rounds',
    stepType: 'LOOP',
    config: { steps: [waitStep('go', { event: 'go' })], until: 'round == 2' },
  };
  const id = await start({
    steps: [{ id: 'each', stepType: 'FOR_EACH', config: { items: '[1, 2]', steps: [rounds] } }],
  });
  const sent = Array.from({ length: 3 }, (_, n) => signal(id, 'go', { payload: n }));
  for (const answer of await Promise.all(sent)) expect(answer).toMatchObject({ created: true });
  await executionIs(user.graph, id, ['WAITING', 'RUNNING']);
  const { status } = await showExecution(user.graph, id);
  expect(['WAITING', 'RUNNING']).toContain(status);
  await signal(id, 'go', { payload: 3 });
  const ended = await executionEnds(user.graph, id);
  expect(ended.status).toBe('COMPLETED');
});

test('another workflow that SUB_WORKFLOW runs is told by its own id', async () => {
  const other = await createWorkflow(user.graph, { steps: [waitStep('go', { event: 'go' })] });
  const id = await start({ steps: [{ id: 'sub', stepType: 'SUB_WORKFLOW', config: { workflowId: other } }] });
  const part = await until('it has begun', async () => {
    const { workflowExecution } = await user.graph.query<{
      workflowExecution: { steps: { children: { nodes: { id: string; status: string }[] } | null }[] };
    }>('query ($id: ID!) { workflowExecution(id: $id) { steps { children { nodes { id status } } } } }', { id });
    const [child] = workflowExecution.steps[0]?.children?.nodes ?? [];
    return child?.status === 'WAITING' && child;
  });
  expect(await signal(id, 'go')).toMatchObject({ created: true });
  await executionIs(user.graph, part.id, ['WAITING']);
  expect(await signal(part.id, 'go')).toMatchObject({ created: true });
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED' });
});
