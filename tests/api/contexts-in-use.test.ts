import { expect, test } from '@jest/globals';
import {
  agentStep,
  createWorkflow,
  echoAgent,
  EXECUTE_WORKFLOW,
  executeWorkflow,
  executionIs,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique } from '../harness/users.ts';

const product = sharedProduct();

async function createContext(user: GraphClient, data: object, type = 'customer'): Promise<string> {
  const { context } = await user.mutate<{ context: { id: string } }>(
    `mutation ($input: CreateContextInput!) {
      createContext(input: $input) { __typename ... on CreateContextSuccess { context { id } } }
    }`,
    { input: { name: unique('context'), type, layers: [{ layerType: 'facts', data }] } },
  );
  return context.id;
}

interface Read {
  readonly version: number;
  readonly resolved: { readonly value: unknown };
}

interface Shown {
  readonly context: { readonly id: string; readonly resolved: { readonly value: unknown } } | null;
  readonly steps: readonly {
    readonly id: string;
    readonly contextRead: Read | null;
    readonly contextWritten: Read | null;
  }[];
}

/** What was known at each step, in one query. */
async function known(user: GraphClient, id: string): Promise<Shown> {
  const { workflowExecution } = await user.query<{ workflowExecution: Shown }>(
    `query ($id: ID!) {
      workflowExecution(id: $id) {
        context { id resolved { value } }
        steps { id contextRead { version resolved { value } } contextWritten { version resolved { value } } }
      }
    }`,
    { id },
  );
  return workflowExecution;
}

const remember = { layer: 'results' };
const crew = (agentId: string) => [
  transformStep('first', '20', { config: { expression: '{"n": 20}', remember } }),
  agentStep('second', agentId, { config: { input: 'memory.first', remember } }),
  transformStep('third', '', { config: { expression: 'memory.second.answer + memory.first.n' } }),
];

test('an execution that creates its context: each step reads what was known before it, and one query tells', async () => {
  const { graph } = await makeUser(product);
  const agentId = await registerAgent(graph, echoAgent('{"answer": n * 2}'));
  const workflowId = await createWorkflow(graph, { contextMode: 'CREATE', steps: crew(agentId) });
  const id = await executeWorkflow(graph, workflowId);
  expect((await executionIs(graph, id, ['COMPLETED'])).result).toBe(60);
  const value = { first: { n: 20 }, second: { answer: 40 } };
  expect(await known(graph, id)).toEqual({
    context: { id: expect.any(String), resolved: { value } },
    steps: [
      { id: 'first', contextRead: null, contextWritten: { version: 2, resolved: { value: { first: { n: 20 } } } } },
      {
        id: 'second',
        contextRead: { version: 2, resolved: { value: { first: { n: 20 } } } },
        contextWritten: { version: 3, resolved: { value } },
      },
      { id: 'third', contextRead: { version: 3, resolved: { value } }, contextWritten: null },
    ],
  });
});

test('an execution is given a context that its starter may read', async () => {
  const { graph } = await makeUser(product);
  const contextId = await createContext(graph, { n: 1 });
  const steps = [transformStep('read', 'memory.n + 1')];
  const workflowId = await createWorkflow(graph, { steps });
  const id = await executeWorkflow(graph, workflowId, { contextId });
  expect((await executionIs(graph, id, ['COMPLETED'])).result).toBe(2);
  expect(await known(graph, id)).toMatchObject({
    context: { id: contextId },
    steps: [{ contextRead: { version: 1 } }],
  });
  const without = await executeWorkflow(graph, workflowId);
  expect((await executionIs(graph, without, ['COMPLETED'])).result).toBeNull();
  expect(await known(graph, without)).toEqual({
    context: null,
    steps: [{ id: 'read', contextRead: null, contextWritten: null }],
  });
});

test('a context of somebody else, or none at all, is refused by its field, and nothing is started', async () => {
  const [{ graph }, other] = [await makeUser(product), await makeUser(product)];
  const workflowId = await createWorkflow(graph, { steps: [transformStep('read', 'memory')] });
  for (const contextId of [await createContext(other.graph, { n: 1 }), 'none', '']) {
    const refused = await graph.mutate(EXECUTE_WORKFLOW, { input: { workflowId, contextId } });
    expect(refused).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'contextId' }] });
  }
  const { workflow } = await graph.query<{ workflow: { executionCount: number } }>(
    'query ($id: ID!) { workflow(id: $id) { executionCount } }',
    { id: workflowId },
  );
  expect(workflow.executionCount).toBe(0);
});

test('a workflow that requires a context refuses executions that are given none, by the field', async () => {
  const { graph } = await makeUser(product);
  const steps = [transformStep('read', 'memory.n + 1')];
  const workflowId = await createWorkflow(graph, { contextMode: 'REQUIRED', steps });
  expect(await graph.mutate(EXECUTE_WORKFLOW, { input: { workflowId } })).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [{ path: 'contextId', message: 'is required: executions of this workflow are given a context' }],
  });
  const id = await executeWorkflow(graph, workflowId, { contextId: await createContext(graph, { n: 1 }) });
  expect((await executionIs(graph, id, ['COMPLETED'])).result).toBe(2);
});

test('who may see the execution and not its context sees neither the context nor what was read', async () => {
  const [{ graph: owner }, { graph: starter }] = [await makeUser(product), await administrator(product)];
  const workflowId = await createWorkflow(owner, {
    contextMode: 'CREATE',
    steps: [transformStep('read', '', { config: { expression: 'memory', remember } })],
  });
  const id = await executeWorkflow(starter, workflowId);
  await executionIs(starter, id, ['COMPLETED']);
  expect(await known(starter, id)).toMatchObject({ steps: [{ contextRead: { version: 1 } }] });
  expect(await known(owner, id)).toEqual({
    context: null,
    steps: [{ id: 'read', contextRead: null, contextWritten: null }],
  });
});

test('a condition cannot read memory, and expressions know no other name', async () => {
  const { graph } = await makeUser(product);
  const problems = async (step: object) =>
    graph.query<{ validateWorkflow: { problems: { path: string; message: string }[] } }>(
      `query ($input: CreateWorkflowInput!) { validateWorkflow(input: $input) { problems { path message } } }`,
      { input: { name: unique('invalid'), steps: [step] } },
    );
  const asked = [
    await problems(transformStep('a', '1', { condition: 'memory.x' })),
    await problems(transformStep('a', '1', { config: { expression: '1', remember: { layer: '' } } })),
    await problems(transformStep('a', '1', { config: { expression: '1', remember: {} } })),
    await problems(transformStep('a', '1', { config: { expression: '1', remember: { layer: 'x', layerType: 'x' } } })),
  ];
  expect(asked.map(({ validateWorkflow }) => validateWorkflow.problems.map(({ path }) => path))).toEqual([
    ['steps[0].condition'],
    ['steps[0].config.remember.layer'],
    ['steps[0].config.remember.layer'],
    ['steps[0].config.remember.layerType'],
  ]);
  expect(asked[3]!.validateWorkflow.problems[0]!.message).toBe('is not used; these are: layer, key');
});

const SHARE = `mutation ($input: ShareContextInput!) { shareContext(input: $input) { __typename } }`;

test('a context that is shared with a workflow is for its executions only, whoever starts them', async () => {
  const [{ graph: owner }, { graph: starter }] = [await makeUser(product), await makeUser(product)];
  const contextId = await createContext(owner, { n: 1 });
  const steps = [transformStep('read', '', { config: { expression: 'memory.n + 1', remember } })];
  const [shared, other] = [await createWorkflow(starter, { steps }), await createWorkflow(starter, { steps })];
  const share = (access: string) =>
    owner.mutate(SHARE, { input: { id: contextId, kind: 'WORKFLOW', granteeId: shared, access } });
  await share('READ');
  const refused = await starter.mutate(EXECUTE_WORKFLOW, { input: { workflowId: other, contextId } });
  expect(refused).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'contextId' }] });
  const readOnly = await executeWorkflow(starter, shared, { contextId });
  expect((await executionIs(starter, readOnly, ['FAILED'])).error).toMatchObject({ code: 'CONTEXT_REFUSED' });
  await share('WRITE');
  const id = await executeWorkflow(starter, shared, { contextId });
  expect((await executionIs(starter, id, ['COMPLETED'])).result).toBe(2);
  expect(await known(starter, id)).toMatchObject({ context: null, steps: [{ contextRead: null }] });
  expect(await owner.query('query ($id: ID!) { context(id: $id) { resolved { value } } }', { id: contextId })).toEqual({
    context: { resolved: { value: { n: 1, read: 2 } } },
  });
});
