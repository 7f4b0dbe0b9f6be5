import { closeSandbox } from '@flowmesh/platform/sandbox';
import { until } from '@flowmesh/platform/testing';
import { newId } from '@flowmesh/platform/ids';
import { startWorkflow, user, type WorkflowHarness } from '../../testing/workflow-harness.ts';

let workflow: WorkflowHarness;
beforeAll(async () => {
  workflow = await startWorkflow();
});
afterAll(async () => {
  await closeSandbox();
  await workflow.stop();
});

const [ann, bob] = [user('ann'), user('bob')];

async function made(): Promise<string> {
  const steps = [{ id: 'wait', stepType: 'DELAY', config: { seconds: 3_600 } }];
  const { createWorkflow } = await workflow.ask<{ createWorkflow: { workflow: { id: string } } }>(
    ann,
    `mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { ... on CreateWorkflowSuccess { workflow { id } } } }`,
    { input: { name: newId(), steps } },
  );
  return createWorkflow.workflow.id;
}

const set = async (workflowId: string, limits: object, viewer = ann) =>
  (
    await workflow.ask<{ setWorkflowLimits: object }>(
      viewer,
      `mutation ($input: SetWorkflowLimitsInput!) { setWorkflowLimits(input: $input) { __typename
         ... on SetWorkflowLimitsSuccess { workflow { limits { concurrency { limit key onLimit } rateLimit { limit perSeconds key } } } }
         ... on InvalidInputError { fields { path message } } } }`,
      { input: { workflowId, ...limits } },
    )
  ).setWorkflowLimits;

interface Started {
  readonly execution: { readonly id: string };
  readonly fields: readonly { readonly path: string; readonly message: string }[];
}

const start = async (workflowId: string, input: unknown, more: object = {}) =>
  (
    await workflow.ask<{ executeWorkflow: Started }>(
      ann,
      `mutation ($input: ExecuteWorkflowInput!) { executeWorkflow(input: $input) { __typename
         ... on ExecuteWorkflowSuccess { execution { id } } ... on WorkflowLimitReachedError { limit key running }
         ... on InvalidInputError { fields { path message } } } }`,
      { input: { workflowId, input, ...more } },
    )
  ).executeWorkflow;

const look = async (id: string) =>
  (
    await workflow.ask<{ workflowExecution: object }>(
      ann,
      `query ($id: ID!) { workflowExecution(id: $id) { status isQueued priority error { code } } }`,
      { id },
    )
  ).workflowExecution;

test('limits are shown, replaced and removed, by whoever may change the workflow', async () => {
  const id = await made();
  const limits = {
    concurrency: { limit: 2, key: 'input.customer', onLimit: 'QUEUE' },
    rateLimit: { limit: 10, perSeconds: 60, key: null },
  };
  expect(await set(id, limits)).toEqual({ __typename: 'SetWorkflowLimitsSuccess', workflow: { limits } });
  expect(await set(id, { rateLimit: limits.rateLimit })).toMatchObject({
    workflow: { limits: { concurrency: null, rateLimit: limits.rateLimit } },
  });
  expect(await set(id, {})).toMatchObject({ workflow: { limits: null } });
  expect(await set(id, limits, bob)).toEqual({ __typename: 'NotFoundError' });
});

test.each([
  ['concurrency.limit', { concurrency: { limit: 0 } }, 'must be 1 to 1,000'],
  ['rateLimit.perSeconds', { rateLimit: { limit: 1, perSeconds: 90_000 } }, 'must be 1 to 86,400'],
  ['concurrency.key', { concurrency: { limit: 1, key: 'steps.a' } }, 'steps is not known: there is only input'],
] as const)('a wrong %s is told', async (path, limits, message) => {
  expect(await set(await made(), limits)).toEqual({ __typename: 'InvalidInputError', fields: [{ path, message }] });
});

test('executions wait for those of the same key, and begin when a limit is raised', async () => {
  const id = await made();
  const concurrency = { limit: 1, key: 'input.customer' };
  await set(id, { concurrency });
  const begin = async (customer: string, more = {}) => (await start(id, { customer }, more)).execution.id;
  const [one, two, other] = [await begin('a'), await begin('a', { priority: 'HIGH' }), await begin('b')];
  await until('those that may have begun', async () =>
    (await Promise.all([one, other].map(look))).every((each) => JSON.stringify(each).includes('WAITING')),
  );
  expect(await look(two)).toEqual({ status: 'PENDING', isQueued: true, priority: 'HIGH', error: null });
  await set(id, { concurrency: { ...concurrency, limit: 2 } });
  await until('it has begun', async () => JSON.stringify(await look(two)).includes('WAITING'));
  expect(await look(two)).toMatchObject({ isQueued: false });
});

const executionsOf = async (workflowId: string) =>
  (
    await workflow.ask<{ workflow: { executions: { totalCount: number } } }>(
      ann,
      `query ($id: ID!) { workflow(id: $id) { executions { totalCount } } }`,
      { id: workflowId },
    )
  ).workflow.executions.totalCount;

test('many starts at once that are rejected: as many are accepted as may run, the others say why and leave nothing', async () => {
  const id = await made();
  await set(id, { concurrency: { limit: 3, key: 'input.customer', onLimit: 'REJECT' } });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => start(id, { customer: n % 2 ? 'a' : 'b' })));
  expect(answers.filter(({ execution }) => execution)).toHaveLength(6);
  const refused = (key: string) => ({ __typename: 'WorkflowLimitReachedError', limit: 3, key, running: 3 });
  expect(answers.filter(({ execution }) => !execution)).toEqual(
    answers.flatMap(({ execution }, n) => (execution ? [] : [refused(n % 2 ? 'a' : 'b')])),
  );
  expect(await executionsOf(id)).toBe(6);
});

test('a key that has begun an execution answers it although the limit is reached; one that was refused can be used again', async () => {
  const id = await made();
  await set(id, { concurrency: { limit: 1, onLimit: 'REJECT' } });
  const first = await start(id, {}, { idempotencyKey: 'one' });
  expect(await start(id, {}, { idempotencyKey: 'one' })).toEqual(first);
  const refused = { __typename: 'WorkflowLimitReachedError', limit: 1, key: null, running: 1 };
  expect(await start(id, {}, { idempotencyKey: 'two' })).toEqual(refused);
  await workflow.ask(ann, `mutation ($id: ID!) { cancelWorkflowExecution(input: { id: $id }) { __typename } }`, {
    id: first.execution.id,
  });
  expect(await start(id, {}, { idempotencyKey: 'two' })).toMatchObject({ __typename: 'ExecuteWorkflowSuccess' });
});

test('a key that the input does not give is told', async () => {
  const id = await made();
  await set(id, { concurrency: { limit: 1, key: 'input.customer', onLimit: 'REJECT' } });
  expect(await start(id, {})).toMatchObject({
    fields: [
      {
        path: 'input',
        message:
          'the limit of the workflow (concurrency.key) needs a text of at most 255 characters, a number, true or false',
      },
    ],
  });
});

test('a key that takes long is given up after 100 ms, and nothing is started', async () => {
  const id = await made();
  // Ends by itself, but later.
  await set(id, { concurrency: { limit: 1, key: '$sum([1..1000].($sum([1..1000].($ * 2))))' } });
  expect(await start(id, {})).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [
      {
        path: 'input',
        message: 'the limit of the workflow cannot be computed (concurrency.key): took longer than 100 ms',
      },
    ],
  });
});
