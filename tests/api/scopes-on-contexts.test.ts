import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble } from '@flowmesh/platform/testing';
import { answerChat } from '../harness/chat-double.ts';
import {
  createWorkflow,
  EXECUTE_AGENT,
  EXECUTE_WORKFLOW,
  executeAgent,
  executeWorkflow,
  executionIs,
  FAST,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { GraphFailure, type GraphClient } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique } from '../harness/users.ts';

const product = sharedProduct();

/** A user who may work with agents and workflows, and these scopes more. */
async function userWith(...scopes: string[]): Promise<GraphClient> {
  const admin = await administrator(product);
  const name = unique('scopes');
  const work = ['agent', 'workflow'].flatMap((what) => ['read', 'write', 'execute'].map((how) => `${what}:${how}`));
  await admin.graph.mutate(`mutation ($input: CreateRoleInput!) { createRole(input: $input) { __typename } }`, {
    input: { name, scopes: [...work, ...scopes] },
  });
  return (await makeUser(product, { roles: [name] })).graph;
}

let owner: GraphClient;
let contextId: string;
let model: HttpDouble;
beforeAll(async () => {
  owner = (await makeUser(product)).graph;
  const { context } = await owner.mutate<{ context: { id: string } }>(
    `mutation ($input: CreateContextInput!) {
      createContext(input: $input) { __typename ... on CreateContextSuccess { context { id } } }
    }`,
    { input: { name: unique('context'), type: 'customer', layers: [{ layerType: 'facts', data: { n: 1 } }] } },
  );
  contextId = context.id;
  model = await HttpDouble.start((_call, response) => answerChat(response, ['Done.']));
}, 60_000);
afterAll(() => model.stop());

const share = (kind: string, granteeId: string) =>
  owner.mutate(`mutation ($input: ShareContextInput!) { shareContext(input: $input) { __typename } }`, {
    input: { id: contextId, kind, granteeId, access: 'WRITE' },
  });

/** The error of an operation that is refused, as far as scopes go. */
async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => new Error('It was not refused.'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GraphFailure)) throw error;
  const { message, extensions } = error.answer.errors[0]!;
  const { requiredScopes } = extensions as { readonly requiredScopes?: unknown };
  return { message, code: extensions?.code, requiredScopes };
}

const llmAgent = (user: GraphClient) =>
  registerAgent(user, {
    ...{ name: unique('llm'), type: 'Model', kind: 'LLM', ...FAST },
    llm: { baseUrl: `${model.url}/v1`, model: 'double-1', contextUse: 'TOOLS' },
  });

test('giving an agent a context that is shared with it needs context:read of who does', async () => {
  const starter = await userWith();
  const agentId = await llmAgent(starter);
  await share('AGENT', agentId);
  expect(await refusal(starter.mutate(EXECUTE_AGENT, { input: { agentId, contextId } }))).toEqual({
    message: 'Giving a context to an agent needs the scope context:read, also where the agent may read it.',
    code: 'FORBIDDEN',
    requiredScopes: ['context:read'],
  });
});

test.each([
  [['context:read'], ['read_context']],
  [
    ['context:read', 'context:write'],
    ['read_context', 'write_context'],
  ],
])('a model in the work of somebody with %p is offered %p', async (scopes, tools) => {
  const starter = await userWith(...scopes);
  const agentId = await llmAgent(starter);
  await share('AGENT', agentId);
  const before = model.calls.length;
  await executeAgent(starter, agentId, { contextId, input: 'Go', wait: true });
  const offered = (JSON.parse(model.calls[before]!.body) as { tools: { function: { name: string } }[] }).tools;
  expect(offered.map((tool) => tool.function.name)).toEqual(tools);
});

const reads = [transformStep('read', 'memory.n')];
const remembers = [transformStep('read', '', { config: { expression: 'memory.n', remember: { layer: 'results' } } })];

test('an execution that reads or writes its context is not accepted without the scopes for it', async () => {
  const [none, reader, writer] = [
    await userWith(),
    await userWith('context:read'),
    await userWith('context:read', 'context:write'),
  ];
  const refused = async (user: GraphClient, workflow: object, given: object) => {
    const workflowId = await createWorkflow(user, workflow as Parameters<typeof createWorkflow>[1]);
    await share('WORKFLOW', workflowId);
    const answer = await refusal(user.mutate(EXECUTE_WORKFLOW, { input: { workflowId, ...given } }));
    const { workflow: after } = await user.query<{ workflow: { executionCount: number } }>(
      'query ($id: ID!) { workflow(id: $id) { executionCount } }',
      { id: workflowId },
    );
    return [answer, after.executionCount];
  };
  const written = 'Executions of this workflow read and write their context: starting one needs';
  expect(await refused(none, { steps: reads }, { contextId })).toEqual([
    {
      message: 'Executions that have a context read it: starting one needs context:read.',
      code: 'FORBIDDEN',
      requiredScopes: ['context:read'],
    },
    0,
  ]);
  expect(await refused(reader, { steps: remembers }, { contextId })).toEqual([
    { message: `${written} context:write.`, code: 'FORBIDDEN', requiredScopes: ['context:write'] },
    0,
  ]);
  expect(await refused(none, { steps: reads, contextMode: 'CREATE' }, {})).toEqual([
    {
      message: `${written} context:read and context:write.`,
      code: 'FORBIDDEN',
      requiredScopes: ['context:read', 'context:write'],
    },
    0,
  ]);
  for (const [user, steps, given] of [
    [none, remembers, {}],
    [reader, reads, { contextId }],
    [writer, remembers, { contextId }],
  ] as const) {
    const workflowId = await createWorkflow(user, { steps });
    await share('WORKFLOW', workflowId);
    const id = await executeWorkflow(user, workflowId, given);
    expect((await executionIs(user, id, ['COMPLETED', 'FAILED'])).status).toBe('COMPLETED');
  }
});
