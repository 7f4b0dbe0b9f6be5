import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { createWorkflow, echoAgent, registerAgent, transformStep, delayStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';
import { until } from '@flowmesh/platform/testing';

const product = sharedProduct();
const address = new URL(`${product.url}/mcp`);
const open: Client[] = [];
let owner: TestUser;
let other: TestUser;
let agentId: string;
let workflowId: string;
let contextId: string;

beforeAll(async () => {
  owner = await makeUser(product);
  other = await makeUser(product);
  const wanted = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } };
  agentId = await registerAgent(owner.graph, { ...echoAgent('{ "twice": n * 2 }'), inputSchema: wanted });
  workflowId = await createWorkflow(owner.graph, {
    name: unique('greeting'),
    type: 'SEQUENTIAL',
    steps: [transformStep('greet', '"Hello, " & input.name')],
  });
  await owner.graph.mutate('mutation ($id: ID!) { activateWorkflow(input: { id: $id }) { __typename } }', {
    id: workflowId,
  });
  const created = await owner.graph.mutate<{ context: { id: string } }>(
    `mutation ($input: CreateContextInput!) { createContext(input: $input) {
      ... on CreateContextSuccess { context { id } } ... on MutationError { message } } }`,
    {
      input: {
        name: unique('notes'),
        type: 'notes',
        layers: [{ layerType: 'base', data: { about: 'checkout latency' } }],
      },
    },
  );
  contextId = created.context.id;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

/** The official client, with the token of a user. */
async function connect(accessToken: string): Promise<Client> {
  const client = new Client({ name: 'tests', version: '1.0.0' });
  const requestInit = { headers: { authorization: `Bearer ${accessToken}` } };
  await client.connect(new StreamableHTTPClientTransport(address, { requestInit }) as Parameters<Client['connect']>[0]);
  open.push(client);
  return client;
}

interface Result {
  readonly isError: boolean;
  readonly text: string;
  readonly value: Record<string, unknown>;
}

async function use(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Result> {
  const { content, structuredContent, isError } = (await client.callTool({ name, arguments: args })) as CallToolResult;
  const [first] = content;
  return {
    isError: isError ?? false,
    text: first?.type === 'text' ? first.text : '',
    value: (structuredContent ?? {}) as Record<string, unknown>,
  };
}

const TOOLS = [
  'list_workflows',
  'start_workflow',
  'get_workflow_execution',
  'cancel_workflow_execution',
  'discover_agents',
  'execute_agent',
  'get_agent_execution',
  'stop_agent_execution',
  'search_contexts',
  'read_context',
];

describe('as the owner', () => {
  test('every tool is an operation of the graph', async () => {
    const client = await connect(owner.accessToken);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);

    const found = await use(client, 'discover_agents', { type: 'Echo', first: 1 });
    expect(found.value).toMatchObject({ nodes: [{ id: agentId, available: true, inputSchema: { required: ['n'] } }] });
    const worked = await use(client, 'execute_agent', { agentId, input: { n: 21 }, idempotencyKey: 'one' });
    expect(worked.value).toMatchObject({ created: true, execution: { status: 'COMPLETED', output: { twice: 42 } } });
    const again = await use(client, 'execute_agent', { agentId, input: { n: 21 }, idempotencyKey: 'one' });
    expect(again.value).toMatchObject({ created: false });
    const { id } = worked.value['execution'] as { id: string };
    expect((await use(client, 'get_agent_execution', { id })).value).toMatchObject({ id, output: { twice: 42 } });
    expect(await use(client, 'stop_agent_execution', { id })).toMatchObject({ isError: true });

    const listed = await use(client, 'list_workflows');
    expect(listed.value).toMatchObject({ nodes: [{ id: workflowId }] });
    const started = await use(client, 'start_workflow', { workflowId, input: { name: 'Ada' } });
    const execution = (started.value['execution'] as { id: string }).id;
    await until('the workflow has ended', async () => {
      const { value } = await use(client, 'get_workflow_execution', { id: execution });
      return value['status'] === 'COMPLETED' && value['result'] === 'Hello, Ada';
    });

    expect((await use(client, 'read_context', { id: contextId })).value).toMatchObject({
      id: contextId,
      resolved: { value: { about: 'checkout latency' } },
    });
    const hits = await until('it is found', async () => {
      const { value } = await use(client, 'search_contexts', { text: 'latency', first: 5 });
      return (value['hits'] as unknown[]).length > 0 ? value['hits'] : null;
    });
    expect(hits).toMatchObject([{ context: { id: contextId } }]);
  });

  test('cancelling a workflow ends it', async () => {
    const slow = await createWorkflow(owner.graph, { type: 'SEQUENTIAL', steps: [delayStep('wait', 3_600)] });
    await owner.graph.mutate('mutation ($id: ID!) { activateWorkflow(input: { id: $id }) { __typename } }', {
      id: slow,
    });
    const client = await connect(owner.accessToken);
    const { value } = await use(client, 'start_workflow', { workflowId: slow });
    const { id } = value['execution'] as { id: string };
    const cancelled = await use(client, 'cancel_workflow_execution', { id, reason: 'no longer needed' });
    expect(cancelled.value).toMatchObject({
      execution: { status: 'CANCELLED', error: { message: 'no longer needed' } },
    });
  });

  test('what is wrong with arguments is told to the model, in the words of the graph', async () => {
    const client = await connect(owner.accessToken);
    const wrong = await use(client, 'execute_agent', { agentId, input: { n: 'many' } });
    expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining('input.n must be number') });
    expect(await use(client, 'execute_agent', { agent: agentId })).toMatchObject({
      isError: true,
      text: 'execute_agent has no argument agent; it has agentId, input, contextId, idempotencyKey, waitSeconds.',
    });
    expect(await use(client, 'execute_agent', {})).toMatchObject({
      isError: true,
      text: 'execute_agent needs agentId.',
    });
    expect(await use(client, 'discover_agents', { first: 1_000 })).toMatchObject({ isError: true });
    expect(await use(client, 'execute_agent', { agentId, input: {}, waitSeconds: 'long' })).toMatchObject({
      isError: true,
      text: expect.stringContaining('waitTimeoutSeconds'),
    });
    await expect(client.callTool({ name: 'delete_everything', arguments: {} })).rejects.toThrow('There is no tool');
  });
});

describe('everybody else', () => {
  test('sees and does what the graph lets them see and do', async () => {
    const client = await connect(other.accessToken);
    expect((await use(client, 'discover_agents')).value).toMatchObject({ nodes: [] });
    expect((await use(client, 'list_workflows')).value).toMatchObject({ nodes: [] });
    for (const [name, args] of [
      ['execute_agent', { agentId, input: { n: 1 } }],
      ['start_workflow', { workflowId, input: { name: 'Ada' } }],
      ['read_context', { id: contextId }],
    ] as const) {
      expect([name, (await use(client, name, args)).isError]).toEqual([name, true]);
    }
    expect((await use(client, 'search_contexts', { text: 'latency', contextId })).value).toMatchObject({ hits: [] });
  });

  test('an API key has the tools of its scopes', async () => {
    const { key } = await owner.graph.mutate<{ key: string }>(
      `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
        ... on CreateApiKeySuccess { key } ... on MutationError { code message } } }`,
      { input: { name: unique('key'), scopes: ['agent:read'] } },
    );
    const client = await connect(key);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
      'discover_agents',
      'get_agent_execution',
    ]);
    expect((await use(client, 'discover_agents')).value).toMatchObject({ nodes: [{ id: agentId }] });
    await expect(client.callTool({ name: 'execute_agent', arguments: { agentId } })).rejects.toThrow(
      'you may not use it',
    );
  });

  test('nobody without a token, none with a bad one', async () => {
    await expect(connect('no-token')).rejects.toThrow();
    expect(await post({ headers: { authorization: '' } })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

interface Answer {
  readonly id?: unknown;
  readonly error?: { readonly code: number; readonly data?: { readonly code?: string } };
  readonly result?: unknown;
}

async function post({
  body = JSON.stringify(PING),
  method = 'POST',
  headers = {},
}: {
  readonly body?: string | null;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}) {
  const response = await fetch(address, {
    method,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${owner.accessToken}`,
      ...headers,
    },
    ...(body === null ? {} : { body }),
  });
  const text = await response.text();
  const answer = text ? (JSON.parse(text) as Answer) : {};
  return { ...answer, status: response.status, code: answer.error?.data?.code, text };
}

test.each([
  ['tools/call', { name: 7 }],
  ['tools/call', { name: 'list_workflows', arguments: 'none' }],
  ['tools/call', undefined],
  ['tools/list', { cursor: 7 }],
  ['initialize', { protocolVersion: 1 }],
])('parameters of %s that are none: %j', async (method, params) => {
  const answer = await post({ body: JSON.stringify({ jsonrpc: '2.0', id: 'a', method, params }) });
  expect(answer).toMatchObject({ status: 200, id: 'a', error: { code: -32_602 } });
});

test('messages that are none are refused as what they are, and pages of other sites', async () => {
  expect(await post({})).toMatchObject({ status: 200, result: {} });
  expect(await post({ body: '{' })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  expect(await post({ body: '' })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  expect(await post({ body: '[]' })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  expect(await post({ body: '{"hello": 1}' })).toMatchObject({ status: 400 });
  expect(await post({ body: `{"a": ${'['.repeat(500)}${']'.repeat(500)}}` })).toMatchObject({ status: 400 });
  expect(await post({ headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 });
  expect(await post({ headers: { accept: 'application/json' } })).toMatchObject({ status: 406 });
  expect(await post({ headers: { 'mcp-protocol-version': '1999-01-01' } })).toMatchObject({ status: 400 });
  expect(await post({ method: 'GET', body: null })).toMatchObject({ status: 405 });
  expect(await post({ method: 'DELETE', body: null })).toMatchObject({ status: 405 });
  expect(await post({ body: JSON.stringify({ ...PING, params: { a: 'x'.repeat(3_000_000) } }) })).toMatchObject({
    status: 413,
    code: 'TOO_LARGE',
    error: { code: -32_000 },
  });
  expect(await post({ headers: { origin: 'https://evil.example' } })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  // A name that is made to lead here (DNS rebinding).
  const rebound = `http://evil.example:${address.port}`;
  expect(await post({ headers: { origin: rebound, host: new URL(rebound).host } })).toMatchObject({ status: 403 });
});

test('an administrator has the same tools', async () => {
  const client = await connect((await administrator(product)).accessToken);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
});
