import { beforeAll, expect, test } from '@jest/globals';
import {
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionEnds,
  executionIs,
  showExecution,
  transformStep,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

type Definition = Readonly<Record<string, unknown>>;
interface Moved {
  readonly __typename: string;
  readonly moved?: boolean;
  readonly steps?: readonly { readonly stepId: string; readonly fate: string }[];
  readonly problems?: readonly { readonly code: string; readonly stepId: string | null }[];
}

const broken = (id: string, more: Definition = {}) => transformStep(id, '$error("broken")', more);
const MOVE = `mutation Move($input: MoveWorkflowExecutionInput!) {
  moveWorkflowExecution(input: $input) {
    __typename
    ... on MoveWorkflowExecutionSuccess { moved steps { stepId fate } execution { status workflowVersion } }
    ... on WorkflowExecutionNotMovableError { problems { code stepId } }
    ... on WorkflowExecutionStateError { status }
    ... on InvalidInputError { fields { path message } }
  }
}`;
const move = (id: string, more: Definition = {}) =>
  user.graph.mutate<Moved>(MOVE, { input: { id, toVersion: 2, ...more } });
const command = (field: string, id: string, more = '') =>
  user.graph.mutate(`mutation Change($id: ID!) { ${field}(input: { id: $id ${more} }) { __typename } }`, { id });

async function update(id: string, definition: Definition) {
  const document = `mutation Update($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { __typename } }`;
  expect(await user.graph.mutate<object>(document, { input: { id, ...definition } })).toEqual({
    __typename: 'UpdateWorkflowSuccess',
  });
}

/** An execution that has failed by the first version of a workflow, of which there is a second one. */
async function failed(first: Definition, second: Definition, input: unknown = {}) {
  const workflowId = await createWorkflow(user.graph, { type: 'PARALLEL', ...first });
  const id = await executeWorkflow(user.graph, workflowId, { input });
  expect((await executionEnds(user.graph, id)).status).toBe('FAILED');
  await update(workflowId, second);
  return id;
}
const states = (steps: readonly { id: string; status: string; result?: unknown }[]) =>
  Object.fromEntries(steps.map(({ id, status, result }) => [id, [status, result]]));

test('a corrected workflow finishes an execution that has failed, and keeps what had completed', async () => {
  const id = await failed(
    {
      steps: [
        transformStep('a', '1'),
        broken('b', { dependencies: ['a'] }),
        transformStep('gone', '9', { dependencies: ['b'] }),
      ],
    },
    {
      config: { add: 10 },
      steps: [
        transformStep('a', '100'),
        transformStep('b', 'steps.a.result + context.add', { dependencies: ['a'] }),
        transformStep('c', 'steps.b.result + 1', { dependencies: ['b'] }),
      ],
    },
  );
  const steps = [
    { stepId: 'a', fate: 'KEPT' },
    { stepId: 'b', fate: 'RUNS' },
    { stepId: 'c', fate: 'ADDED' },
    { stepId: 'gone', fate: 'REMOVED' },
  ];
  const type = 'MoveWorkflowExecutionSuccess';
  const execution = (workflowVersion: number) => ({ status: 'FAILED', workflowVersion });
  expect(await move(id, { dryRun: true })).toEqual({ __typename: type, moved: false, steps, execution: execution(1) });
  expect(await move(id)).toEqual({ __typename: type, moved: true, steps, execution: execution(2) });
  const { workflowExecution } = await user.graph.query<Record<string, object>>(
    `query Progress($id: ID!) {
      workflowExecution(id: $id) {
        progress { total ended running }
        workflow { executions(first: 1) { nodes { progress { total ended running } } } }
      }
    }`,
    { id },
  );
  const progress = { total: 3, ended: 3, running: 0 };
  expect(workflowExecution).toEqual({ progress, workflow: { executions: { nodes: [{ progress }] } } });
  await command('retryWorkflowExecution', id);
  const ended = await executionEnds(user.graph, id);
  expect(ended).toMatchObject({ status: 'COMPLETED', result: 12 });
  expect(states(ended.steps)).toEqual({ a: ['COMPLETED', 1], b: ['COMPLETED', 11], c: ['COMPLETED', 12] });
});

test('one that has failed goes on without the step that failed', async () => {
  const id = await failed(
    { steps: [transformStep('a', '1'), broken('b', { dependencies: ['a'] })] },
    { steps: [transformStep('a', '1')] },
  );
  expect(await move(id)).toMatchObject({ moved: true });
  await command('retryWorkflowExecution', id);
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: 1 });
});

test('a completed step keeps its items until it runs again, by the corrected body', async () => {
  const each = (expression: string) => ({
    steps: [
      {
        id: 'each',
        stepType: 'FOR_EACH',
        config: { items: '[1, 2, 3]', onItemFailure: 'CONTINUE', steps: [transformStep('x', expression)] },
      },
      broken('end', { dependencies: ['each'] }),
    ],
  });
  const first = each('item * 2');
  const second = each('item * 3');
  const id = await failed(first, {
    steps: [second.steps[0], transformStep('end', 'steps.each.result', { dependencies: ['each'] })],
  });
  expect(await move(id)).toMatchObject({ moved: true });
  await command('retryWorkflowExecution', id);
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: [2, 4, 6] });
  await command('retryWorkflowExecution', id, ', fromStep: "each", allItems: true');
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: [3, 6, 9] });
});

test('one that waits is paused, moved, and resumed', async () => {
  const workflowId = await createWorkflow(user.graph, { steps: [delayStep('wait', 6), transformStep('end', '1')] });
  const id = await executeWorkflow(user.graph, workflowId);
  await executionIs(user.graph, id, ['WAITING']);
  await update(workflowId, {
    steps: [delayStep('wait', 6), transformStep('new', '5'), transformStep('end', 'steps.new.result')],
  });
  expect(await move(id)).toEqual({ __typename: 'WorkflowExecutionStateError', status: 'WAITING' });
  await command('pauseWorkflowExecution', id);
  expect(await move(id)).toMatchObject({ moved: true, steps: [{ fate: 'KEPT' }, { fate: 'ADDED' }, { fate: 'RUNS' }] });
  await command('resumeWorkflowExecution', id);
  expect(await executionEnds(user.graph, id)).toMatchObject({ status: 'COMPLETED', result: 5 });
});

const A = transformStep('a', '1');
const FAILS = broken('b', { dependencies: ['a'] });
test.each<[string, Definition, readonly { code: string; stepId: string | null }[]]>([
  [
    'a completed step of another type',
    { steps: [{ id: 'a', stepType: 'CONDITION', config: { expression: 'true' } }, FAILS] },
    [{ code: 'STEP_TYPE_CHANGED', stepId: 'a' }],
  ],
  [
    'a completed step after one that is still to run',
    { steps: [transformStep('new', '1'), transformStep('a', '1', { dependencies: ['new'] }), FAILS] },
    [{ code: 'DEPENDENCY_NOT_ENDED', stepId: 'a' }],
  ],
  [
    'an input that does not fit',
    { steps: [A, FAILS], inputSchema: { type: 'object', required: ['title'] } },
    [{ code: 'INPUT_INVALID', stepId: null }],
  ],
  ['no context', { steps: [A, FAILS], contextMode: 'REQUIRED' }, [{ code: 'CONTEXT_MISSING', stepId: null }]],
])('refused with the reason: %s', async (_name, second, problems) => {
  const id = await failed({ steps: [A, FAILS] }, second);
  const refused = { __typename: 'WorkflowExecutionNotMovableError', problems };
  expect(await move(id, { dryRun: true })).toEqual(refused);
  expect(await move(id)).toEqual(refused);
  const { steps } = await showExecution(user.graph, id);
  expect(steps.map((step) => step.status)).toEqual(['COMPLETED', 'FAILED']);
});

test('refused while a wait would be another one, and for versions that are not there', async () => {
  const workflowId = await createWorkflow(user.graph, { steps: [delayStep('wait', 60)] });
  const id = await executeWorkflow(user.graph, workflowId);
  await executionIs(user.graph, id, ['WAITING']);
  await command('pauseWorkflowExecution', id);
  await update(workflowId, { steps: [delayStep('wait', 1)] });
  expect(await move(id)).toEqual({
    __typename: 'WorkflowExecutionNotMovableError',
    problems: [{ code: 'STEP_IN_PROGRESS', stepId: 'wait' }],
  });
  const invalid = (message: string) => ({ __typename: 'InvalidInputError', fields: [{ path: 'toVersion', message }] });
  expect(await move(id, { toVersion: 1 })).toEqual(invalid('is the version that it goes by already'));
  expect(await move(id, { toVersion: 3 })).toEqual(invalid('must be a version of its workflow'));
  await command('cancelWorkflowExecution', id);
  expect(await move(id)).toEqual({ __typename: 'WorkflowExecutionStateError', status: 'CANCELLED' });
});
