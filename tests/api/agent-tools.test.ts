import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import { answerChat, answerToolCalls } from '../harness/chat-double.ts';
import { agentExecutionIs, echoAgent, registerAgent, STOP } from '../harness/fixtures.ts';
import { registerIntegration } from '../harness/integrations.ts';
import {
  callsOf,
  createContext,
  execute,
  llmAgent,
  modelServer,
  stopModelServers,
  toolResults,
} from '../harness/llm.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
let shop: HttpDouble;
beforeAll(async () => {
  user = await makeUser(product);
  shop = await HttpDouble.start(({ method, path }, response) => {
    if (path === '/things/9') return sendJson(response, { error: 'none' }, 404);
    return sendJson(response, method === 'GET' ? { name: 'Ink' } : { order: 1 });
  });
});
afterAll(async () => {
  await stopModelServers();
  await shop.stop();
});

const FIND = {
  name: 'find',
  description: 'Finds a thing.',
  method: 'GET',
  path: '/things/{id}',
  inputSchema: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
};
const newShop = () =>
  registerIntegration(user.graph, {
    type: 'HTTP',
    configuration: { baseUrl: shop.url },
    operations: [FIND, { name: 'order', method: 'POST', path: '/orders' }],
    policy: { retry: { maxAttempts: 1 } },
  });

type Calls = readonly (readonly [name: string, input: object])[];

/** A model that makes these calls, one answer after the other, and then says that it is done. */
function using(...steps: readonly Calls[]) {
  let at = 0;
  return modelServer((_call, response) => {
    const calls = steps[at];
    at += 1;
    return calls ? answerToolCalls(response, calls) : answerChat(response, ['Done.']);
  });
}

const offered = ({ body }: HttpCall) =>
  (JSON.parse(body) as { tools: { function: { name: string; description: string; parameters: object } }[] }).tools.map(
    (tool) => tool.function,
  );

test('a model calls operations of an integration, with a key for each, and mistakes are told to it', async () => {
  const integrationId = await newShop();
  const model = await using(
    [
      ['shop_find', { id: 7 }],
      ['shop_order', { thing: 7 }],
    ],
    [
      ['shop_find', { id: 9 }],
      ['shop_find', { id: 'seven' }],
      ['shop_remove', {}],
    ],
  );
  const agentId = await llmAgent(user.graph, model.url, {
    llm: { tools: [{ integration: { integrationId, operations: ['find', 'order'], prefix: 'shop' } }] },
  });
  const before = shop.calls.length;
  const execution = await execute(user.graph, agentId);
  expect(execution).toMatchObject({ status: 'COMPLETED', output: { text: 'Done.' } });
  expect(offered(model.calls[0]!)).toMatchObject([
    { name: 'shop_find', description: 'Finds a thing.', parameters: FIND.inputSchema },
    { name: 'shop_order' },
  ]);
  expect(toolResults(model)).toEqual([
    { name: 'Ink' },
    { order: 1 },
    expect.anything(),
    { error: expect.stringMatching(/404/) },
    { error: expect.stringMatching(/id/) },
  ]);
  const dependents = () =>
    user.graph.query<{ integration: { dependents: { nodes: object[] } } }>(
      'query Of($id: ID!) { integration(id: $id) { dependents(kind: AGENT) { nodes { id impact } } } }',
      { id: integrationId },
    );
  await until(
    'the integration knows the agent',
    async () => (await dependents()).integration.dependents.nodes.length === 1,
  );
  expect((await dependents()).integration.dependents.nodes).toEqual([{ id: agentId, impact: 'NONE' }]);
  const [order] = shop.calls.slice(before).filter(({ method }) => method === 'POST');
  expect(order!.headers['idempotency-key']).toMatch(new RegExp(`^${execution.id}:shop_order:`));
  const calls = await callsOf(user.graph, execution.id, { kind: 'TOOL' });
  // Those of one answer are made at the same time.
  expect(calls.map(({ name, status, error }) => [name, status, error?.code].join(' ')).sort()).toEqual([
    'shop_find COMPLETED ',
    'shop_find FAILED HTTP_STATUS',
    'shop_find FAILED INVALID_INPUT',
    'shop_order COMPLETED ',
  ]);
});

test('an operation that was done is not done again by the next attempt', async () => {
  const integrationId = await newShop();
  let asked = 0;
  const model = await modelServer((_call, response) => {
    asked += 1;
    if (asked === 2) return sendJson(response, { error: { message: 'busy' } }, 503);
    return asked === 4 ? answerChat(response, ['Done.']) : answerToolCalls(response, [['order', { thing: 1 }]]);
  });
  const agentId = await llmAgent(user.graph, model.url, {
    llm: { tools: [{ integration: { integrationId, operations: ['order'] } }] },
  });
  const before = shop.calls.length;
  const execution = await execute(user.graph, agentId);
  expect(execution).toMatchObject({ status: 'COMPLETED', attempts: 2 });
  expect(toolResults(model)).toEqual([{ order: 1 }]);
  expect(shop.calls.length - before).toBe(1);
});

test('tools work with the rights of the starter: what they may not use fails the execution', async () => {
  const integrationId = await newShop();
  const stranger = await makeUser(product);
  const model = await using();
  const tools = [{ integration: { integrationId, operations: ['find'] } }];
  const execution = await execute(stranger.graph, await llmAgent(stranger.graph, model.url, { llm: { tools } }));
  expect(execution).toMatchObject({
    status: 'FAILED',
    attempts: 1,
    error: { code: 'TOOL_NOT_FOUND', retryable: false },
  });
  expect(model.calls).toHaveLength(0);
});

test('a model gives work to another agent, which is an execution of its own and not begun twice', async () => {
  const echo = await registerAgent(user.graph, {
    ...echoAgent('{"twice": n * 2}'),
    inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  });
  const model = await using([['double', { n: 21 }]], [['double', { n: 'x' }]]);
  const agentId = await llmAgent(user.graph, model.url, {
    concurrencyLimit: 1,
    llm: { tools: [{ agent: { agentId: echo, name: 'double', description: 'Doubles.' } }] },
  });
  const execution = await execute(user.graph, agentId);
  expect(execution).toMatchObject({ status: 'COMPLETED', output: { text: 'Done.' } });
  expect(toolResults(model)).toEqual([{ twice: 42 }, { error: expect.stringMatching(/^input\.n /) }]);
  const { agentExecutions } = await user.graph.query<{ agentExecutions: { nodes: object[] } }>(
    'query Of($id: ID!) { agentExecutions(filter: { agentId: $id }) { nodes { status input } } }',
    { id: echo },
  );
  expect(agentExecutions.nodes).toEqual([{ status: 'COMPLETED', input: { n: 21 } }]);
});

test('stopping an execution stops the agents that work for it, down to the last', async () => {
  const remote = await modelServer(() => undefined);
  const last = await registerAgent(user.graph, {
    ...echoAgent(),
    builtin: undefined,
    kind: 'HTTP',
    http: { url: remote.url },
  });
  const below = (agentId: string) => ({ llm: { tools: [{ agent: { agentId, name: 'helper' } }] } });
  const asks = () => using([['helper', { input: 1 }]]);
  const middle = await llmAgent(user.graph, (await asks()).url, below(last));
  const first = await llmAgent(user.graph, (await asks()).url, below(middle));
  const { id } = await execute(user.graph, first, { wait: false });
  await until('the last one works', () => remote.calls.length === 1);
  await user.graph.mutate(STOP, { id });
  await until('its call is closed', () => remote.calls[0]!.aborted, { timeoutMs: 1_500, everyMs: 5 });
  for (const agentId of [first, middle, last]) {
    const { agentExecutions } = await user.graph.query<{ agentExecutions: { nodes: { id: string }[] } }>(
      'query Of($id: ID!) { agentExecutions(filter: { agentId: $id }) { nodes { id } } }',
      { id: agentId },
    );
    expect(agentExecutions.nodes).toHaveLength(1);
    await agentExecutionIs(user.graph, agentExecutions.nodes[0]!.id, 'STOPPED');
  }
});

test('an agent is no tool below itself', async () => {
  const model = await using();
  const one = await llmAgent(user.graph, model.url);
  const update = `mutation Update($input: UpdateAgentInput!) { updateAgent(input: $input) { __typename } }`;
  const llm = { baseUrl: `${model.url}/v1`, model: 'double-1', tools: [{ agent: { agentId: one, name: 'me' } }] };
  await user.graph.mutate(update, { input: { id: one, llm } });
  expect(await execute(user.graph, one)).toMatchObject({ status: 'COMPLETED' });
  expect(JSON.parse(model.calls[0]!.body)).not.toHaveProperty('tools');
});

test('the conversation of a context is remembered: once for each execution, and the last messages of it', async () => {
  const words = ['one', 'two', 'three'];
  const model = await modelServer((_call, response) => answerChat(response, [words.shift() ?? 'more']));
  const agentId = await llmAgent(user.graph, model.url, { llm: { memory: { layer: 'talk', maxMessages: 4 } } });
  const contextId = await createContext(user.graph, { name: 'Grace' });
  for (const input of ['first', 'second', 'third', 'fourth']) {
    expect(await execute(user.graph, agentId, { contextId, input })).toMatchObject({ status: 'COMPLETED' });
  }
  const { messages } = JSON.parse(model.calls.at(-1)!.body) as { messages: { content: string }[] };
  expect(messages.map(({ content }) => content)).toEqual([
    'You are brief.',
    'second',
    'two',
    'third',
    'three',
    'fourth',
  ]);
  const { context } = await user.graph.query<{ context: { resolved: { value: { talk: object } } } }>(
    'query Value($id: ID!) { context(id: $id) { resolved { value } } }',
    { id: contextId },
  );
  expect(Object.values(context.resolved.value.talk)).toMatchObject([
    { user: 'third', assistant: 'three' },
    { user: 'fourth', assistant: 'more' },
  ]);
});

test('what is wrong with tools, models and memory is told at its place', async () => {
  const mutation = `mutation Register($input: RegisterAgentInput!) {
    registerAgent(input: $input) { __typename ... on InvalidInputError { fields { path message } } }
  }`;
  const input = {
    name: 'wrong',
    type: 'Model',
    kind: 'LLM',
    llm: {
      baseUrl: 'https://models.example.org/v1',
      model: 'm',
      maxSteps: 51,
      fallbacks: [{ model: '' }],
      tools: [{}, { agent: { agentId: 'a', name: 'a b' } }, { integration: { integrationId: 'i', operations: [] } }],
      memory: { layer: 'notes', maxMessages: 1 },
    },
  };
  const { fields } = await user.graph.mutate<{ fields: { path: string; message: string }[] }>(mutation, { input });
  expect(fields.map(({ path }) => path)).toEqual([
    'llm.maxSteps',
    'llm.fallbacks[0].baseUrl',
    'llm.fallbacks[0].model',
    'llm.tools[0]',
    'llm.tools[1].agent.name',
    'llm.tools[2].integration.operations',
    'llm.memory.layer',
    'llm.memory.maxMessages',
  ]);
});

test('a model is told what agents want that have no schema of their own', async () => {
  const builtin = (name: string, options: object) =>
    registerAgent(user.graph, { ...echoAgent('$'), name: unique('tool'), builtin: { function: name, options } });
  const [summarize, anything] = [await builtin('SUMMARIZE', {}), await builtin('TRANSFORM', { expression: '1' })];
  const model = await using([['summarize', { text: 'One. Two.', maxSentences: 1 }]]);
  const tools = [
    { agent: { agentId: summarize, name: 'summarize' } },
    { agent: { agentId: anything, name: 'anything' } },
  ];
  await execute(user.graph, await llmAgent(user.graph, model.url, { llm: { tools } }));
  expect(offered(model.calls[0]!).map(({ parameters }) => parameters)).toMatchObject([
    {
      properties: {
        text: { type: 'string', maxLength: 200_000 },
        maxSentences: { minimum: 1, maximum: 20, default: 3 },
      },
      required: ['text'],
    },
    { properties: { input: {} }, required: ['input'] },
  ]);
  expect(toolResults(model)).toMatchObject([{ sentences: expect.any(Array) }]);
});
