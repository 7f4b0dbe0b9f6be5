import { beforeAll, expect, test } from '@jest/globals';
import {
  CREATE_WORKFLOW,
  EXECUTE_WORKFLOW,
  agentStep,
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionEnds,
  executionIs,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

const UPDATE = `mutation Update($input: UpdateWorkflowInput!) {
  updateWorkflow(input: $input) {
    __typename
    ... on UpdateWorkflowSuccess { workflow { version description } }
    ... on MutationError { code }
  }
}`;
const byId = (field: string, type: string) =>
  `mutation Change($id: ID!) { ${field}(input: { id: $id }) { __typename ... on MutationError { code } ... on ${type} { workflow { status } } } }`;
const ACTIVATE = byId('activateWorkflow', 'ActivateWorkflowSuccess');
const ARCHIVE = byId('archiveWorkflow', 'ArchiveWorkflowSuccess');
const DELETE = `mutation Delete($id: ID!) {
  deleteWorkflow(input: { id: $id }) { __typename ... on MutationError { code } ... on WorkflowBusyError { activeExecutions } }
}`;

test('a workflow is kept with everything it was created with', async () => {
  const agentId = await registerAgent(user.graph);
  const input = {
    name: unique('kept'),
    description: 'Two steps.',
    type: 'SEQUENTIAL',
    status: 'DRAFT',
    inputSchema: { type: 'object' },
    config: { limit: 3 },
    tags: ['kept'],
    metadata: { team: 'blue' },
    steps: [
      transformStep('first', 'input.a', { name: 'First', timeoutSeconds: 5, retryCount: 0 }),
      agentStep('second', agentId, { condition: 'steps.first.result > 1', continueOnFailure: true }),
    ],
  };
  const id = await createWorkflow(user.graph, input);
  const { workflow } = await user.graph.query<{ workflow: unknown }>(
    `query Workflow($id: ID!) {
      workflow(id: $id) {
        name description type status version inputSchema config tags metadata owner { id }
        steps { id name stepType agentId agent { id } config dependencies condition timeoutSeconds retryCount continueOnFailure }
        executionCount successCount failureCount averageDurationMs
      }
    }`,
    { id },
  );
  expect(workflow).toEqual({
    ...input,
    version: 1,
    owner: { id: user.id },
    steps: [
      {
        id: 'first',
        name: 'First',
        stepType: 'TRANSFORM',
        agentId: null,
        agent: null,
        config: { expression: 'input.a' },
        dependencies: [],
        condition: null,
        timeoutSeconds: 5,
        retryCount: 0,
        continueOnFailure: false,
      },
      {
        id: 'second',
        name: 'second',
        stepType: 'AGENT',
        agentId,
        agent: { id: agentId },
        config: {},
        dependencies: ['first'],
        condition: 'steps.first.result > 1',
        timeoutSeconds: 300,
        retryCount: 3,
        continueOnFailure: true,
      },
    ],
    executionCount: 0,
    successCount: 0,
    failureCount: 0,
    averageDurationMs: null,
  });
});

test('validation tells every problem at once, each with its path and step', async () => {
  const stranger = await makeUser(product);
  const foreign = await registerAgent(stranger.graph);
  const input = {
    name: unique('bad'),
    type: 'PARALLEL',
    steps: [
      transformStep('a', '$sum(', { dependencies: ['c'] }),
      transformStep('b', '1', { dependencies: ['a'] }),
      transformStep('c', '1', { dependencies: ['b'] }),
      transformStep('d', '1', { dependencies: ['nowhere'] }),
      transformStep('e', '1'),
      transformStep('e', '1'),
      agentStep('f', foreign),
      agentStep('g', 'no-such-agent'),
      { id: 'h', stepType: 'AGENT' },
      transformStep('i', '1', { condition: 'input. ==' }),
      delayStep('j', 31 * 86_400),
    ],
  };
  const { validateWorkflow } = await user.graph.query<{ validateWorkflow: { valid: boolean; problems: object[] } }>(
    `query Validate($input: CreateWorkflowInput!) {
      validateWorkflow(input: $input) { valid problems { code path stepId } }
    }`,
    { input },
  );
  expect(validateWorkflow.valid).toBe(false);
  expect(validateWorkflow.problems).toEqual(
    expect.arrayContaining([
      { code: 'BAD_EXPRESSION', path: 'steps[0].config.expression', stepId: 'a' },
      expect.objectContaining({ code: 'CYCLE' }),
      { code: 'UNKNOWN_STEP', path: 'steps[3].dependencies[0]', stepId: 'd' },
      { code: 'DUPLICATE_STEP', path: 'steps[5].id', stepId: 'e' },
      { code: 'UNKNOWN_AGENT', path: 'steps[6].agentId', stepId: 'f' },
      { code: 'UNKNOWN_AGENT', path: 'steps[7].agentId', stepId: 'g' },
      { code: 'MISSING_VALUE', path: 'steps[8].agentId', stepId: 'h' },
      { code: 'BAD_EXPRESSION', path: 'steps[9].condition', stepId: 'i' },
      { code: 'INVALID_VALUE', path: 'steps[10].config.seconds', stepId: 'j' },
    ]),
  );
  const created = await user.graph.mutate<{ __typename: string; problems: unknown[] }>(CREATE_WORKFLOW, { input });
  expect(created.__typename).toBe('InvalidWorkflowError');
  expect(created.problems).toEqual(validateWorkflow.problems);
});

test('a change of the steps makes a version; what runs keeps the one it began with', async () => {
  const workflowId = await createWorkflow(user.graph, { steps: [delayStep('wait', 1), transformStep('say', '"old"')] });
  const old = await executeWorkflow(user.graph, workflowId);
  const update = (input: object) => user.graph.mutate(UPDATE, { input: { id: workflowId, ...input } });
  expect(await update({ expectedVersion: 1, steps: [transformStep('say', '"new"')] })).toMatchObject({
    workflow: { version: 2 },
  });
  expect(await update({ expectedVersion: 1, steps: [transformStep('say', '"late"')] })).toEqual({
    __typename: 'ConflictError',
    code: 'CONFLICT',
  });
  expect(await update({ description: 'only words' })).toMatchObject({
    workflow: { version: 2, description: 'only words' },
  });
  const young = await executeWorkflow(user.graph, workflowId);
  expect(await executionEnds(user.graph, old)).toMatchObject({ workflowVersion: 1, result: 'old' });
  expect(await executionEnds(user.graph, young)).toMatchObject({ workflowVersion: 2, result: 'new' });
  const { workflow } = await user.graph.query<{ workflow: unknown }>(
    'query V($id: ID!) { workflow(id: $id) { versions { version steps { id } } } }',
    { id: workflowId },
  );
  expect(workflow).toEqual({
    versions: [
      { version: 2, steps: [{ id: 'say' }] },
      { version: 1, steps: [{ id: 'wait' }, { id: 'say' }] },
    ],
  });
});

test('a name is given once an owner', async () => {
  const input = { name: unique('twin'), steps: [transformStep('a', '1')] };
  const made = await Promise.all(
    [1, 2, 3].map(() => user.graph.mutate<{ __typename: string }>(CREATE_WORKFLOW, { input })),
  );
  expect(made.map(({ __typename }) => __typename).sort()).toEqual([
    'CreateWorkflowSuccess',
    'WorkflowNameTakenError',
    'WorkflowNameTakenError',
  ]);
});

test('an archived workflow rests; activated it runs again', async () => {
  const id = await createWorkflow(user.graph, { steps: [transformStep('a', '1')] });
  const execute = () => user.graph.mutate<{ __typename: string }>(EXECUTE_WORKFLOW, { input: { workflowId: id } });
  expect(await user.graph.mutate(ARCHIVE, { id })).toEqual({
    __typename: 'ArchiveWorkflowSuccess',
    workflow: { status: 'ARCHIVED' },
  });
  expect(await execute()).toMatchObject({ __typename: 'WorkflowNotExecutableError', code: 'WORKFLOW_NOT_EXECUTABLE' });
  expect(await user.graph.mutate(ACTIVATE, { id })).toEqual({
    __typename: 'ActivateWorkflowSuccess',
    workflow: { status: 'ACTIVE' },
  });
  expect((await execute()).__typename).toBe('ExecuteWorkflowSuccess');
});

test('a workflow is deleted with its past, but not while it runs', async () => {
  const id = await createWorkflow(user.graph, { steps: [delayStep('wait', 3_600)] });
  const executionId = await executeWorkflow(user.graph, id);
  await executionIs(user.graph, executionId, ['WAITING']);
  expect(await user.graph.mutate(DELETE, { id })).toEqual({
    __typename: 'WorkflowBusyError',
    code: 'WORKFLOW_BUSY',
    activeExecutions: 1,
  });
  await user.graph.mutate('mutation Cancel($id: ID!) { cancelWorkflowExecution(input: { id: $id }) { __typename } }', {
    id: executionId,
  });
  await executionEnds(user.graph, executionId);
  expect(await user.graph.mutate(DELETE, { id })).toEqual({ __typename: 'DeleteWorkflowSuccess' });
  expect(
    await user.graph.query(
      'query Gone($id: ID!, $executionId: ID!) { workflow(id: $id) { id } workflowExecution(id: $executionId) { id } }',
      { id, executionId },
    ),
  ).toEqual({ workflow: null, workflowExecution: null });
});

test('figures count what has run', async () => {
  const owner = await makeUser(product);
  const workflowId = await createWorkflow(owner.graph, {
    type: 'PARALLEL',
    steps: [transformStep('a', 'input.bad ? $error("no") : 1', { retryCount: 0 })],
  });
  for (const bad of [false, false, true]) {
    await executionEnds(owner.graph, await executeWorkflow(owner.graph, workflowId, { input: { bad } }));
  }
  const figures =
    'totalExecutions activeExecutions completedExecutions failedExecutions successRate perDay { started completed failed }';
  const data = await owner.graph.query<Record<string, { stats: object }>>(
    `query Stats($id: ID!) {
      workflow(id: $id) { executionCount successCount failureCount stats(days: 2) { ${figures} slowestSteps { stepId executions } } }
      workflowStats(days: 1) { ${figures} p95DurationMs }
    }`,
    { id: workflowId },
  );
  const totals = {
    totalExecutions: 3,
    activeExecutions: 0,
    completedExecutions: 2,
    failedExecutions: 1,
    successRate: 2 / 3,
  };
  const today = { started: 3, completed: 2, failed: 1 };
  expect(data.workflow).toMatchObject({
    executionCount: 3,
    successCount: 2,
    failureCount: 1,
    stats: { ...totals, slowestSteps: [{ stepId: 'a' }] },
  });
  expect(data.workflowStats).toMatchObject({ ...totals, perDay: [today], p95DurationMs: expect.any(Number) });
});
