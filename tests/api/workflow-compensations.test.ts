import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { compensationsAre, decideCompensation, showSaga } from '../harness/compensations.ts';
import {
  CREATE_WORKFLOW,
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionEnds,
  executionIs,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { graph } from '../harness/graph.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let service: HttpDouble;
let integrationId: string;
/** What the service was asked to do, and what it refuses. */
let asked: { path: string; body: unknown }[] = [];
const refused = new Set<string>();

beforeAll(async () => {
  user = await makeUser(product);
  service = await HttpDouble.start((call) => {
    if (call.path === '/') return sendJson(call.response, {});
    asked.push({ path: call.path, body: call.body === '' ? null : JSON.parse(call.body) });
    return refused.has(call.path) ? sendJson(call.response, {}, 422) : sendJson(call.response, { id: call.path });
  });
  integrationId = await registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: ['book', 'pay', 'cancel', 'refund'].map((name) => ({ name, method: 'POST', path: `/${name}` })),
    policy: { retry: { maxAttempts: 1 } },
  });
});
afterAll(() => service?.stop());

const call = (operation: string, input: unknown) => ({
  stepType: 'INTEGRATION',
  config: { integrationId, operation, input },
  retryCount: 0,
});
const fails = (id = 'ship') => transformStep(id, '$error("no carrier")', { retryCount: 0 });
const trip = () => [
  {
    id: 'book',
    ...call('book', { hotel: 'H' }),
    compensation: call('cancel', { booking: '{% steps.book.result.id %}' }),
  },
  { id: 'pay', ...call('pay', { amount: 5 }), compensation: call('refund', { why: '{% failure.step %}' }) },
  fails(),
];
const start = async (steps: readonly object[], more: object = {}) =>
  executeWorkflow(user.graph, await createWorkflow(user.graph, { steps, ...more }));

test('what was booked and paid is refunded and cancelled, in reverse, and everybody sees it', async () => {
  asked = [];
  const id = await start(trip());
  const saga = await compensationsAre(user.graph, id, 'COMPLETED');
  expect(saga).toMatchObject({
    status: 'FAILED',
    compensations: {
      totalCount: 2,
      nodes: [
        { position: 1, stepId: 'pay', stepType: 'INTEGRATION', status: 'COMPLETED', attempts: 1, source: { id } },
        { position: 2, stepId: 'book', status: 'COMPLETED', attempts: 1, run: { parentStepId: 'book' }, decisions: [] },
      ],
    },
  });
  expect(asked).toEqual([
    { path: '/book', body: { hotel: 'H' } },
    { path: '/pay', body: { amount: 5 } },
    { path: '/refund', body: { why: 'ship' } },
    { path: '/cancel', body: { booking: '/book' } },
  ]);
  const { workflowExecution } = await user.graph.query<{ workflowExecution: object }>(
    `query ($id: ID!) { workflowExecution(id: $id) { workflow { steps { compensation { stepType retryCount when } } } } }`,
    { id },
  );
  const compensation = { stepType: 'INTEGRATION', retryCount: 0, when: 'COMPLETED' };
  expect(workflowExecution).toEqual({
    workflow: { steps: [{ compensation }, { compensation }, { compensation: null }] },
  });
  const again = await user.graph.mutate<object>(
    `mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id }) { __typename ... on MutationError { message } } }`,
    { id },
  );
  expect(again).toEqual({
    __typename: 'WorkflowExecutionStateError',
    message: 'What its steps had done is undone by their compensations: start a new execution instead.',
  });
});

const stuck = async () => {
  refused.add('/refund');
  asked = [];
  const id = await start(trip());
  const saga = await compensationsAre(user.graph, id, 'STUCK');
  const { nodes } = saga.compensations;
  return { id, refund: nodes[0]!, cancel: nodes[1]!, saga };
};

test('a compensation that fails is stuck and listed; it is retried, and what follows goes on', async () => {
  const { id, refund, cancel, saga } = await stuck();
  expect(saga.compensations.nodes).toMatchObject([
    { stepId: 'pay', status: 'FAILED', attempts: 1, error: { code: 'INTEGRATION_FAILED' } },
    { stepId: 'book', status: 'PENDING', attempts: 0, error: null, run: null },
  ]);
  const { workflowExecutions } = await user.graph.query<{ workflowExecutions: { nodes: { id: string }[] } }>(
    '{ workflowExecutions(filter: { compensationStatus: STUCK }) { nodes { id } } }',
  );
  expect(workflowExecutions.nodes).toContainEqual({ id });
  const early = await decideCompensation(user.graph, 'retry', { id: cancel.id });
  expect(early).toMatchObject({
    __typename: 'WorkflowCompensationStateError',
    code: 'WORKFLOW_COMPENSATION_STATE',
    compensation: { id: cancel.id, status: 'PENDING' },
  });

  refused.delete('/refund');
  const answers = await Promise.all(
    [1, 2, 3].map(() => decideCompensation(user.graph, 'retry', { id: refund.id, reason: 'The bank is there again.' })),
  );
  expect(answers.map(({ __typename }) => __typename).sort()).toEqual([
    'RetryCompensationSuccess',
    'WorkflowCompensationStateError',
    'WorkflowCompensationStateError',
  ]);
  const after = await compensationsAre(user.graph, id, 'COMPLETED');
  const decidedBy = { id: user.id };
  expect(after.compensations.nodes).toMatchObject([
    { attempts: 2, error: null, decisions: [{ action: 'RETRY', reason: 'The bank is there again.', decidedBy }] },
    { attempts: 1, decisions: [] },
  ]);
  expect(asked.map(({ path }) => path)).toEqual(['/book', '/pay', '/refund', '/refund', '/cancel']);
});

test('people skip a compensation, or say that it is done: nothing is called, what follows goes on', async () => {
  const { id, refund, cancel } = await stuck();
  refused.clear();
  const done = await decideCompensation(user.graph, 'complete', { id: cancel.id, reason: 'By phone.' });
  expect(done).toMatchObject({ compensation: { status: 'COMPLETED' } });
  expect((await showSaga(user.graph, id)).compensationStatus).toBe('STUCK');
  const skipped = await decideCompensation(user.graph, 'skip', { id: refund.id, reason: 'They have cash.' });
  expect(skipped).toMatchObject({ __typename: 'SkipCompensationSuccess', compensation: { status: 'SKIPPED' } });
  const late = await decideCompensation(user.graph, 'complete', { id: refund.id, reason: 'By phone.' });
  expect(late).toMatchObject({ message: 'It is SKIPPED already.', compensation: { status: 'SKIPPED' } });
  expect(await showSaga(user.graph, id)).toMatchObject({ status: 'FAILED', compensationStatus: 'COMPLETED' });
  expect(asked.map(({ path }) => path)).toEqual(['/book', '/pay', '/refund']);
});

test('a decision needs a reason, and the right to control the execution', async () => {
  const { refund } = await stuck();
  refused.clear();
  const wrong = await decideCompensation(user.graph, 'skip', { id: refund.id, reason: ' ' });
  expect(wrong).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'reason' }] });
  const long = await decideCompensation(user.graph, 'retry', { id: refund.id, reason: 'x'.repeat(501) });
  expect(long).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'reason' }] });
  const stranger = await makeUser(product);
  for (const action of ['retry', 'skip', 'complete'] as const) {
    const answer = await decideCompensation(stranger.graph, action, { id: refund.id, reason: 'x' });
    expect(answer).toMatchObject({ __typename: 'NotFoundError' });
  }
});

async function apiKeyOf({ graph: own }: TestUser) {
  const { key, apiKey } = await own.mutate<{ key: string; apiKey: { id: string } }>(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
      __typename ... on CreateApiKeySuccess { key apiKey { id } }
    } }`,
    { input: { name: unique('machine'), scopes: ['workflow:read', 'workflow:execute'] } },
  );
  return { id: apiKey.id, graph: graph(product).as({ accessToken: key }) };
}

test('each decision that took effect is in the audit log once, with who made it and by which means', async () => {
  const { id, refund, cancel } = await stuck();
  await decideCompensation(user.graph, 'skip', { id: cancel.id, reason: 'They have come.' });
  const key = await apiKeyOf(user);
  await decideCompensation(key.graph, 'complete', { id: refund.id, reason: 'In cash.' });
  await decideCompensation(user.graph, 'skip', { id: refund.id, reason: 'Too late.' });
  const admin = await administrator(product);
  const entries = await until('both are in the audit log', async () => {
    const { auditLogs } = await admin.graph.query<{ auditLogs: { nodes: { details: { reason: string } }[] } }>(
      `query ($id: ID!) { auditLogs(filter: { actions: ["workflow.compensation_decided"], targetId: $id }) {
        nodes { outcome actorType actorId targetType apiKeyId details }
      } }`,
      { id },
    );
    return auditLogs.nodes.length >= 2 ? auditLogs.nodes : null;
  });
  const by = { outcome: 'SUCCESS', actorType: 'USER', actorId: user.id, targetType: 'WORKFLOW_EXECUTION' };
  expect([...entries].sort((a, b) => a.details.reason.localeCompare(b.details.reason))).toEqual([
    {
      ...by,
      apiKeyId: key.id,
      details: expect.objectContaining({
        ...{ stepId: 'pay', compensationId: refund.id, action: 'COMPLETE', reason: 'In cash.', via: 'GRAPH' },
      }),
    },
    {
      ...by,
      apiKeyId: null,
      details: expect.objectContaining({ stepId: 'book', compensationId: cancel.id, action: 'SKIP' }),
    },
  ]);
});

test('the stream of an execution tells of compensations, and ends after them', async () => {
  const workflowId = await createWorkflow(user.graph, {
    steps: [delayStep('wait', 1), transformStep('a', '1', { compensation: transform('"undone"') }), fails()],
  });
  const id = await executeWorkflow(user.graph, workflowId);
  const seen: string[] = [];
  const updates = user.graph.subscribe<{ workflowExecutionUpdates: { type: string | null; stepId: string | null } }>(
    'subscription ($id: ID!) { workflowExecutionUpdates(id: $id) { type stepId } }',
    { id },
  );
  for await (const { workflowExecutionUpdates: update } of updates) seen.push(`${update.type} ${update.stepId}`);
  expect(seen.slice(-4)).toEqual([
    'EXECUTION_FAILED null',
    'COMPENSATION_STARTED a',
    'COMPENSATION_COMPLETED a',
    'EXECUTION_COMPENSATED null',
  ]);
});

const transform = (expression: string) => ({ stepType: 'TRANSFORM', config: { expression } });

test('items and sub-workflows are undone with the execution; agents undo with their retries', async () => {
  const agentId = await registerAgent(user.graph);
  const inner = await createWorkflow(user.graph, {
    steps: [transformStep('in', '"inner"', { compensation: transform('steps.in.result & " undone"') })],
  });
  const id = await start([
    transformStep('a', '7', {
      compensation: { stepType: 'AGENT', agentId, config: { input: '{"n": steps.a.result}' } },
    }),
    {
      id: 'each',
      stepType: 'FOR_EACH',
      config: { items: '["p"]', steps: [transformStep('x', 'item', { compensation: transform('item & " undone"') })] },
      compensation: transform('$count(steps.each.result)'),
    },
    { id: 'sub', stepType: 'SUB_WORKFLOW', config: { workflowId: inner } },
    fails(),
  ]);
  const { compensations } = await compensationsAre(user.graph, id, 'COMPLETED');
  expect(compensations.nodes.map(({ stepId, stepType, result }) => ({ stepId, stepType, result }))).toEqual([
    { stepId: 'in', stepType: 'TRANSFORM', result: 'inner undone' },
    { stepId: 'each', stepType: 'TRANSFORM', result: 1 },
    { stepId: 'x', stepType: 'TRANSFORM', result: 'p undone' },
    { stepId: 'a', stepType: 'AGENT', result: { n: 7 } },
  ]);
  expect(compensations.nodes[2]?.source?.itemIndex).toBe(0);
  const { workflowExecution } = await user.graph.query<{ workflowExecution: { steps: object[] } }>(
    'query ($id: ID!) { workflowExecution(id: $id) { steps { children { totalCount } } } }',
    { id },
  );
  expect(workflowExecution.steps).toMatchObject([0, 1, 1, 0].map((totalCount) => ({ children: { totalCount } })));
});

test('cancelling undoes only where the workflow says so', async () => {
  const steps = [transformStep('a', '1', { compensation: transform('failure.code') }), delayStep('wait', 1_000)];
  const cancel = 'mutation ($id: ID!) { cancelWorkflowExecution(input: { id: $id }) { __typename } }';
  const [kept, undone] = [
    await start(steps),
    await start(steps, { config: { compensateOn: ['FAILED', 'CANCELLED'] } }),
  ];
  for (const id of [kept, undone]) {
    await executionIs(user.graph, id, ['WAITING']);
    await user.graph.mutate(cancel, { id });
  }
  expect((await compensationsAre(user.graph, undone, 'COMPLETED')).compensations.nodes).toMatchObject([
    { stepId: 'a', result: 'CANCELLED' },
  ]);
  expect(await showSaga(user.graph, kept)).toMatchObject({ status: 'CANCELLED', compensationStatus: 'NONE' });
});

test('an execution of which nothing was undone runs again', async () => {
  const id = await start([fails('a'), transformStep('b', '1', { compensation: transform('2') })]);
  await executionEnds(user.graph, id);
  const again = await user.graph.mutate<object>(
    'mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id }) { __typename } }',
    { id },
  );
  expect(again).toEqual({ __typename: 'RetryWorkflowExecutionSuccess' });
});

test.each([
  [{ stepType: 'DELAY', config: { seconds: 1 } }, 'INVALID_VALUE steps[0].compensation.stepType'],
  [{ stepType: 'AGENT' }, 'MISSING_VALUE steps[0].compensation.agentId'],
  [{ stepType: 'AGENT', agentId: 'nobody' }, 'UNKNOWN_AGENT steps[0].compensation.agentId'],
  [{ stepType: 'TRANSFORM', config: {} }, 'MISSING_VALUE steps[0].compensation.config.expression'],
  [{ ...transform('1'), agentId: 'x' }, 'INVALID_VALUE steps[0].compensation.agentId'],
  [{ ...transform('1'), retryCount: 11 }, 'INVALID_VALUE steps[0].compensation.retryCount'],
  [transform('steps.b.result'), 'BAD_EXPRESSION steps[0].compensation.config.expression'],
  [transform('steps.c.result'), 'UNKNOWN_STEP steps[0].compensation.config.expression'],
  [transform('1 +'), 'BAD_EXPRESSION steps[0].compensation.config.expression'],
  [
    { stepType: 'INTEGRATION', config: { integrationId: 'none', operation: 'x' } },
    'UNKNOWN_INTEGRATION steps[0].compensation.config.integrationId',
  ],
  [
    { stepType: 'SUB_WORKFLOW', config: { workflowId: 'none' } },
    'UNKNOWN_WORKFLOW steps[0].compensation.config.workflowId',
  ],
])('a compensation that cannot work is refused with its place: %j', async (compensation, problem) => {
  const steps = [transformStep('a', '1', { compensation }), transformStep('b', '2')];
  const { problems } = await user.graph.mutate<{ problems: { code: string; path: string }[] }>(CREATE_WORKFLOW, {
    input: { name: unique('wrong'), steps },
  });
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toContain(problem);
});

test('a step cannot read the failure, and compensateOn has two values', async () => {
  const { problems } = await user.graph.mutate<{ problems: { code: string; path: string }[] }>(CREATE_WORKFLOW, {
    input: { name: unique('wrong'), config: { compensateOn: ['NEVER'] }, steps: [transformStep('a', 'failure.code')] },
  });
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'INVALID_VALUE config.compensateOn',
    'BAD_EXPRESSION steps[0].config.expression',
  ]);
});
