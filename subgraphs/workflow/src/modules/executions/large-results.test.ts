import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import { startWorkflow, user, type WorkflowHarness } from '../../testing/workflow-harness.ts';
import { Definitions } from './engine/definitions.ts';
import { ExecutionStore } from './execution-store.ts';

let workflow: WorkflowHarness;
beforeAll(async () => {
  workflow = await startWorkflow();
});
afterAll(() => workflow.stop());

const ann = user('ann');
const MB = 1_000_000;

interface Step {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly resultBytes: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface Execution {
  readonly status: string;
  readonly resultBytes: number | null;
  readonly error: { readonly code: string; readonly message: string; readonly stepId: string | null } | null;
  readonly steps: readonly Step[];
}

/** A step whose result has so many characters. */
const gives = (id: string, characters: number, more: object = {}) => ({
  ...{ id, stepType: 'AGENT', agentId: 'agent-1' },
  config: { input: `{ "characters": ${characters} }` },
  ...more,
});
const reads = (id: string, expression: string, dependencies: readonly string[], more: object = {}) => ({
  ...{ id, stepType: 'TRANSFORM', config: { expression }, dependencies },
  ...more,
});

/** Runs a workflow to its end. */
async function run(steps: readonly object[]): Promise<{ readonly id: string } & Execution> {
  const create = `mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) {
    ... on CreateWorkflowSuccess { workflow { id } } ... on InvalidWorkflowError { problems { path message } } } }`;
  const { createWorkflow } = await workflow.ask<{ createWorkflow: { workflow: { id: string } } }>(ann, create, {
    input: { name: newId(), type: 'PARALLEL', steps },
  });
  expect(createWorkflow).toEqual({ workflow: { id: expect.any(String) } });
  const execute = `mutation ($id: ID!) { executeWorkflow(input: { workflowId: $id }) {
    ... on ExecuteWorkflowSuccess { execution { id } } } }`;
  const { executeWorkflow } = await workflow.ask<{ executeWorkflow: { execution: { id: string } } }>(ann, execute, {
    id: createWorkflow.workflow.id,
  });
  return ended(executeWorkflow.execution.id);
}

const ended = (id: string) =>
  until('the execution has ended', async () => {
    const query = `query ($id: ID!) { workflowExecution(id: $id) { id status resultBytes completedAt error { code message stepId }
      steps { id status attempts resultBytes error { code message } } } }`;
    const { workflowExecution } = await workflow.ask<{
      workflowExecution: { readonly id: string; readonly completedAt: string | null } & Execution;
    }>(ann, query, { id });
    return workflowExecution.completedAt ? workflowExecution : null;
  });

const stepOf = ({ steps }: Execution, id: string) => steps.find((step) => step.id === id);

test('a large result goes to those who ask for it, and to the expressions that read it', async () => {
  const execution = await run([
    gives('big', 3 * MB),
    reads('length', '$length(steps.big.result)', ['big']),
    reads('last', 'steps.big.result', ['big'], {
      condition: 'steps.length.result == 3000000',
      dependencies: ['length'],
    }),
  ]);
  expect(execution).toMatchObject({ status: 'FAILED' });
  // An expression gives 1 MB at most; what it reads may be larger.
  expect(stepOf(execution, 'last')?.error?.code).toBe('EXPRESSION');
  expect(stepOf(execution, 'big')).toMatchObject({ status: 'COMPLETED', attempts: 1, resultBytes: 3 * MB + 2 });
  const one = await run([gives('big', 3 * MB)]);
  expect(one).toMatchObject({ status: 'COMPLETED', resultBytes: 3 * MB + 2 });
  const { workflowExecution } = await workflow.ask<{
    workflowExecution: { result: string; steps: { result: string }[] };
  }>(ann, 'query ($id: ID!) { workflowExecution(id: $id) { result steps { result } } }', { id: one.id });
  expect(workflowExecution.result).toBe('x'.repeat(3 * MB));
  expect(workflowExecution.steps[0]?.result).toBe(workflowExecution.result);
  // What everybody else reads does not have it.
  const store = new ExecutionStore(workflow.pool, new Definitions(workflow.pool));
  const record = await store.findWithSteps(one.id);
  expect([record?.result, record?.resultBytes]).toEqual([null, 3 * MB + 2]);
  expect(record?.steps?.map(({ result, resultBytes }) => [result, resultBytes])).toEqual([[null, 3 * MB + 2]]);
});

test('a result is stored once: what else happens to its step leaves it where it is', async () => {
  const { id } = await run([gives('big', 3 * MB), reads('after', '1', ['big'])]);
  const place = async () => {
    const { rows } = await workflow.pool.query<{ chunk: string | null }>(
      `select pg_column_toast_chunk_id(result)::text as chunk from workflow_step_executions where execution_id = $1 and step_id = 'big'`,
      [id],
    );
    return rows[0]?.chunk;
  };
  const before = await place();
  expect(before).toEqual(expect.any(String));
  await retry(id, 'after');
  await ended(id);
  await workflow.pool.query(`update workflow_step_executions set attempts = attempts where execution_id = $1`, [id]);
  expect(await place()).toBe(before);
});

test('a retry from the step makes the result anew', async () => {
  const { id } = await run([gives('big', 1 * MB)]);
  await retry(id, 'big');
  const again = await ended(id);
  expect(again).toMatchObject({
    status: 'COMPLETED',
    resultBytes: MB + 2,
    steps: [{ attempts: 2, resultBytes: MB + 2 }],
  });
});

async function retry(id: string, fromStep: string): Promise<void> {
  const mutation = `mutation ($input: RetryWorkflowExecutionInput!) { retryWorkflowExecution(input: $input) { __typename } }`;
  const { retryWorkflowExecution } = await workflow.ask<{ retryWorkflowExecution: { __typename: string } }>(
    ann,
    mutation,
    { input: { id, fromStep } },
  );
  expect(retryWorkflowExecution.__typename).toBe('RetryWorkflowExecutionSuccess');
}

test('what an agent gives beyond the limit fails the step once, and its branch runs', async () => {
  const execution = await run([
    gives('big', 6 * MB, { retryCount: 5, onFailure: ['instead'] }),
    reads('instead', 'steps.big.error.code', ['big']),
  ]);
  expect(execution).toMatchObject({ status: 'COMPLETED' });
  expect(stepOf(execution, 'big')).toMatchObject({
    ...{ status: 'FAILED', attempts: 1, resultBytes: null },
    error: {
      code: 'RESULT_TOO_LARGE',
      message: 'TOO_LARGE: The output has 6000002 bytes as JSON, and at most 5242880 are kept.',
    },
  });
});

test('results of last steps that are too much together fail the execution, and each is still there', async () => {
  const execution = await run(['a', 'b', 'c'].map((id) => gives(id, 4 * MB)));
  expect(execution).toMatchObject({
    ...{ status: 'FAILED', resultBytes: null },
    error: {
      ...{ code: 'RESULT_TOO_LARGE', stepId: null },
      message:
        'The results of its 3 last steps have 12000006 bytes as JSON, and at most 10485760 are kept as the result of an execution.',
    },
  });
  expect(execution.steps.map(({ status, attempts }) => [status, attempts])).toEqual(
    Array.from({ length: 3 }, () => ['COMPLETED', 1]),
  );
  const { workflowExecution } = await workflow.ask<{ workflowExecution: { steps: { result: string }[] } }>(
    ann,
    'query ($id: ID!) { workflowExecution(id: $id) { steps { result } } }',
    { id: execution.id },
  );
  expect(workflowExecution.steps.map(({ result }) => result.length)).toEqual([4 * MB, 4 * MB, 4 * MB]);
});

test('no more than can be sent is read, neither for a client nor for an expression', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const execution = await run([
    ...names.map((id) => gives(id, 4 * MB)),
    reads('all', '$count($keys(steps))', names, { retryCount: 5 }),
    reads('some', '$length(steps.a.result) + $length(steps.b.result)', names),
  ]);
  expect(stepOf(execution, 'all')).toMatchObject({
    ...{ status: 'FAILED', attempts: 1 },
    error: {
      code: 'MEMORY',
      message: expect.stringContaining('It reads the results of 5 steps, which have 20000010 bytes'),
    },
  });
  const question = workflow.ask(ann, 'query ($id: ID!) { workflowExecution(id: $id) { steps { result } } }', {
    id: execution.id,
  });
  await expect(question).rejects.toThrow('have 20000010 bytes, and at most 16777216 can be sent in one answer');
});

test.each([
  [2, 'COMPLETED', null],
  [3, 'FAILED', 'RESULT_TOO_LARGE'],
])('results of %i items of 4 MB are collected up to the limit', async (count, status, code) => {
  const items = JSON.stringify(Array.from({ length: count }, (_, n) => n));
  const each = { id: 'each', stepType: 'FOR_EACH', config: { items, steps: [gives('big', 4 * MB)] } };
  const execution = await run([each]);
  const bytes = count * (4 * MB + 2) + (count - 1) * 2 + 2;
  expect(execution).toMatchObject({ status, resultBytes: code ? null : bytes });
  expect(stepOf(execution, 'each')).toMatchObject({
    ...{ status, attempts: 1, resultBytes: code ? null : bytes },
    error: code && { code },
  });
});
