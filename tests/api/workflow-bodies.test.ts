import { beforeAll, expect, test } from '@jest/globals';
import {
  CREATE_WORKFLOW,
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
import { until } from '@flowmesh/platform/testing';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

const forEach = (id: string, items: string, steps: readonly object[], config = {}, more = {}) => ({
  id,
  stepType: 'FOR_EACH',
  config: { items, steps, ...config },
  ...more,
});
const loop = (id: string, steps: readonly object[], config: object) => ({
  id,
  stepType: 'LOOP',
  config: { steps, ...config },
});
const subWorkflow = (id: string, workflowId: string, config = {}) => ({
  id,
  stepType: 'SUB_WORKFLOW',
  config: { workflowId, ...config },
});

const start = async (steps: readonly object[], input: unknown = {}, of: TestUser = user) =>
  executeWorkflow(of.graph, await createWorkflow(of.graph, { steps }), { input });
const run = async (steps: readonly object[], input: unknown = {}) =>
  executionEnds(user.graph, await start(steps, input));

async function problemsOf(steps: readonly object[]) {
  const { problems } = await user.graph.mutate<{ problems: { code: string; path: string }[] }>(CREATE_WORKFLOW, {
    input: { name: unique('wrong'), steps },
  });
  return problems.map(({ code, path }) => `${code} ${path}`);
}

interface ShownChildren {
  readonly childCounts: { readonly total: number; readonly completed: number; readonly failed: number } | null;
  readonly children: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
    readonly nodes: readonly {
      readonly id: string;
      readonly itemIndex: number;
      readonly status: string;
      readonly result: unknown;
      readonly parentStepId: string;
      readonly parent: { readonly id: string };
      readonly steps: readonly { readonly id: string; readonly status: string }[];
    }[];
  };
}

async function childrenOf(id: string, page: { first: number; after?: string } = { first: 20 }): Promise<ShownChildren> {
  const { workflowExecution } = await user.graph.query<{ workflowExecution: { steps: ShownChildren[] } }>(
    `query Children($id: ID!, $first: Int, $after: String) {
      workflowExecution(id: $id) {
        steps {
          childCounts { total completed failed }
          children(first: $first, after: $after) {
            totalCount pageInfo { hasNextPage endCursor }
            nodes { id itemIndex status result parentStepId parent { id } steps { id status } }
          }
        }
      }
    }`,
    { id, ...page },
  );
  return workflowExecution.steps[0]!;
}

test('FOR_EACH: results in order, its items listed page by page', async () => {
  const agentId = await registerAgent(user.graph);
  const steps = [
    forEach('each', 'input.list', [
      agentStep('ask', agentId, { config: { input: '{"n": item, "at": index}' } }),
      transformStep('plus', 'steps.ask.result.n + 100'),
    ]),
  ];
  const execution = await run(steps, { list: [3, 1, 2] });
  expect(execution).toMatchObject({ status: 'COMPLETED', result: [103, 101, 102] });
  const first = await childrenOf(execution.id, { first: 2 });
  expect(first.childCounts).toEqual({ total: 3, completed: 3, failed: 0 });
  expect(first.children).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
  expect(first.children.nodes.map(({ itemIndex, status, result }) => ({ itemIndex, status, result }))).toEqual([
    { itemIndex: 0, status: 'COMPLETED', result: 103 },
    { itemIndex: 1, status: 'COMPLETED', result: 101 },
  ]);
  expect(first.children.nodes[0]).toMatchObject({
    parentStepId: 'each',
    parent: { id: execution.id },
    steps: [
      { id: 'ask', status: 'COMPLETED' },
      { id: 'plus', status: 'COMPLETED' },
    ],
  });
  const rest = await childrenOf(execution.id, { first: 2, after: first.children.pageInfo.endCursor });
  expect(rest.children.nodes.map(({ result }) => result)).toEqual([102]);
});

test('lists and figures are of executions that somebody started; the parts of one are listed by it', async () => {
  const workflowId = await createWorkflow(user.graph, {
    steps: [forEach('each', '[1..3]', [transformStep('x', 'item')])],
  });
  const { id } = await executionEnds(user.graph, await executeWorkflow(user.graph, workflowId));
  const list = (filter: object) =>
    user.graph.query<{ workflowExecutions: { nodes: { id: string; itemIndex: number | null }[]; totalCount: number } }>(
      'query List($filter: WorkflowExecutionFilter) { workflowExecutions(filter: $filter) { totalCount nodes { id itemIndex } } }',
      { filter },
    );
  expect((await list({ workflowId })).workflowExecutions).toEqual({ totalCount: 1, nodes: [{ id, itemIndex: null }] });
  const parts = (await list({ parentId: id })).workflowExecutions;
  expect(parts.nodes.map(({ itemIndex }) => itemIndex).sort()).toEqual([0, 1, 2]);
  const { workflow } = await user.graph.query<{ workflow: object }>(
    'query Counters($id: ID!) { workflow(id: $id) { executionCount successCount executions { totalCount } } }',
    { id: workflowId },
  );
  expect(workflow).toEqual({ executionCount: 1, successCount: 1, executions: { totalCount: 1 } });
});

test('an item that fails: FAIL ends the step, CONTINUE leaves a null', async () => {
  const body = [transformStep('x', 'item = 2 ? $error("two") : item', { retryCount: 0 })];
  const fails = await run([forEach('each', '[1..3]', body)]);
  expect(fails).toMatchObject({ status: 'FAILED', error: { code: 'CHILD_FAILED', stepId: 'each' } });
  const goesOn = await run([forEach('each', '[1..3]', body, { onItemFailure: 'CONTINUE' })]);
  expect(goesOn).toMatchObject({ status: 'COMPLETED', result: [1, null, 3] });
  expect((await childrenOf(goesOn.id)).childCounts).toEqual({ total: 3, completed: 2, failed: 1 });
});

test('LOOP repeats its steps until the condition holds, or the maximum is reached', async () => {
  const body = [transformStep('double', '(previous ? previous : input.n) * 2')];
  expect(await run([loop('again', body, { until: 'previous > 50' })], { n: 3 })).toMatchObject({
    status: 'COMPLETED',
    result: 96,
  });
  expect(await run([loop('again', body, { while: 'true', maxRounds: 2 })], { n: 3 })).toMatchObject({
    status: 'FAILED',
    error: { code: 'MAX_ROUNDS', stepId: 'again' },
  });
  const ends = loop('again', body, {
    while: 'steps.double.result < 1000 && round < 99',
    maxRounds: 2,
    onMaxRounds: 'END',
  });
  expect(await run([ends], { n: 3 })).toMatchObject({ status: 'COMPLETED', result: 12 });
});

test('SUB_WORKFLOW: with the rights of the starter, in the present version, or without waiting', async () => {
  const inner = await createWorkflow(user.graph, {
    inputSchema: { type: 'object', required: ['n'] },
    steps: [transformStep('x', 'input.n * 2')],
  });
  const outer = await run(
    [subWorkflow('sub', inner, { input: '{"n": input.k}' }), transformStep('y', 'steps.sub.result + 1')],
    { k: 4 },
  );
  expect(outer).toMatchObject({ status: 'COMPLETED', result: 9 });
  expect(await run([subWorkflow('sub', inner)], { k: 4 })).toMatchObject({
    status: 'FAILED',
    error: { code: 'WORKFLOW_INPUT' },
  });

  const apart = await run([subWorkflow('sub', inner, { input: '{"n": 5}', wait: false })]);
  const { executionId } = apart.result as { executionId: string };
  expect(await executionEnds(user.graph, executionId)).toMatchObject({ status: 'COMPLETED', result: 10 });

  const stranger = await makeUser(product);
  const theirs = await createWorkflow(stranger.graph, { steps: [transformStep('x', '1')] });
  expect(await problemsOf([subWorkflow('sub', theirs)])).toEqual(['UNKNOWN_WORKFLOW steps[0].config.workflowId']);
  await user.graph.mutate('mutation Archive($id: ID!) { archiveWorkflow(input: { id: $id }) { __typename } }', {
    id: inner,
  });
  expect(await run([subWorkflow('sub', inner, { input: '{"n": 5}' })])).toMatchObject({
    error: { code: 'WORKFLOW_NOT_EXECUTABLE' },
  });
});

test('workflows that would run themselves are refused', async () => {
  const a = await createWorkflow(user.graph, { steps: [transformStep('x', '1')] });
  const b = await createWorkflow(user.graph, { steps: [forEach('each', '[1]', [subWorkflow('sub', a)])] });
  const { problems } = await user.graph.mutate<{ problems: object[] }>(
    `mutation Update($input: UpdateWorkflowInput!) {
      updateWorkflow(input: $input) { ... on InvalidWorkflowError { problems { code path stepId } } }
    }`,
    { input: { id: a, steps: [subWorkflow('sub', b)] } },
  );
  expect(problems).toEqual([{ code: 'RECURSION', path: 'steps[0].config.workflowId', stepId: 'sub' }]);
});

test('what is wrong inside of steps is told with its place', async () => {
  const agents = [agentStep('ask', 'no such agent')];
  expect(
    await problemsOf([
      transformStep('a', '1'),
      forEach('each', 'input.list', [
        transformStep('x', 'steps.y.result'),
        transformStep('y', 'round', { dependencies: ['nobody'] }),
        transformStep('a', 'item'),
        ...agents,
      ]),
      loop('again', [transformStep('z', 'item')], { until: 'steps.each.result == 1 && steps.gone.result == 2' }),
      loop('never', [{ id: 'bad id', stepType: 'MAGIC', colour: 'red' }], {}),
      forEach('empty', 'input', []),
    ]),
  ).toEqual([
    'DUPLICATE_STEP steps[1].config.steps[2].id',
    'UNKNOWN_STEP steps[1].config.steps[1].dependencies[0]',
    'BAD_EXPRESSION steps[1].config.steps[0].config.expression',
    'BAD_EXPRESSION steps[1].config.steps[1].config.expression',
    'UNKNOWN_AGENT steps[1].config.steps[3].agentId',
    'UNKNOWN_STEP steps[2].config.until',
    'BAD_EXPRESSION steps[2].config.steps[0].config.expression',
    'INVALID_VALUE steps[3].config.steps[0].id',
    'INVALID_VALUE steps[3].config.steps[0].stepType',
    'INVALID_VALUE steps[3].config.steps[0].colour',
    'INVALID_VALUE steps[4].config.steps',
  ]);
  expect(await problemsOf([loop('again', [transformStep('x', '1')], {})])).toEqual([
    'MISSING_VALUE steps[0].config.while',
  ]);
});

test('steps are inside of three others at most', async () => {
  const nested = (depth: number): object =>
    depth === 0 ? transformStep('x', 'item') : forEach(`f${depth}`, 'input', [nested(depth - 1)]);
  expect(await problemsOf([nested(3)].map((each) => forEach('top', 'input', [each])))).toEqual([
    'INVALID_VALUE steps[0].config.steps[0].config.steps[0].config.steps[0].config.steps[0]',
  ]);
});

test('commands go to the execution that somebody started, and reach its parts', async () => {
  const id = await start([forEach('each', '[1..2]', [delayStep('wait', 60), transformStep('x', '1')])]);
  const command = (field: string, of: string) =>
    user.graph.mutate<object>(
      `mutation Command($id: ID!) { ${field}(input: { id: $id }) { __typename ... on MutationError { message } } }`,
      { id: of },
    );
  const { children } = await until('its items run', async () => {
    const found = await childrenOf(id);
    return found.children.nodes.length === 2 && found;
  });
  for (const field of [
    'cancelWorkflowExecution',
    'pauseWorkflowExecution',
    'resumeWorkflowExecution',
    'retryWorkflowExecution',
  ]) {
    expect(await command(field, children.nodes[0]!.id)).toEqual({
      __typename: 'WorkflowExecutionStateError',
      message: `It is a part of the execution ${id}: give that one the command.`,
    });
  }
  const are = (status: string) =>
    until(`its items are ${status}`, async () =>
      (await childrenOf(id)).children.nodes.every((each) => each.status === status),
    );
  await command('pauseWorkflowExecution', id);
  await are('PAUSED');
  await command('resumeWorkflowExecution', id);
  await are('WAITING');
  await command('cancelWorkflowExecution', id);
  await executionIs(user.graph, id, ['CANCELLED']);
  await are('CANCELLED');
});

test('a workflow of type LOOP repeats all its steps', async () => {
  const definition = {
    type: 'LOOP',
    config: { loop: { until: 'steps.b.result > 20 && round > 1', maxRounds: 9 }, by: 3 },
    steps: [
      transformStep('a', '(previous ? previous : input.n) * context.by'),
      transformStep('b', 'steps.a.result + 1'),
    ],
  };
  const workflowId = await createWorkflow(user.graph, definition);
  const execution = await executionEnds(user.graph, await executeWorkflow(user.graph, workflowId, { input: { n: 1 } }));
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 40, steps: [{ id: 'loop', status: 'COMPLETED' }] });
  expect((await childrenOf(execution.id)).children.nodes.map(({ result }) => result)).toEqual([4, 13, 40]);

  const { problems } = await user.graph.mutate<{ problems: { code: string; path: string }[] }>(CREATE_WORKFLOW, {
    input: {
      name: unique('wrong'),
      type: 'LOOP',
      config: { loop: { while: 'steps.x.result', maxRounds: 0 } },
      steps: [transformStep('loop', '1'), transformStep('c', 'steps.x.result')],
    },
  });
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(['INVALID_VALUE config.loop.maxRounds']);
});
