import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CancelTaskRequest,
  GetTaskRequest,
  ListTasksRequest,
  SubscribeToTaskRequest,
  TaskState,
  type Task,
} from '@a2a-js/sdk';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { a2aClient, sending } from '../harness/a2a.ts';
import { createWorkflow, echoAgent, registerAgent, transformStep } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let owner: TestUser;
let other: TestUser;
let echo: string;
let slow: string;
let service: HttpDouble;
/** Lets what waits at the service go on. */
const release: (() => void)[] = [];
let aborted = 0;

beforeAll(async () => {
  owner = await makeUser(product);
  other = await makeUser(product);
  const wanted = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } };
  echo = await registerAgent(owner.graph, { ...echoAgent('{ "twice": n * 2 }'), inputSchema: wanted });
  service = await HttpDouble.start(async (_call, response) => {
    response.once('close', () => {
      if (!response.writableFinished) aborted += 1;
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: Hello, \n\n');
    await new Promise<void>((go) => release.push(go));
    response.end('data: "world"\n\nevent: result\ndata: {"text": "Hello, world"}\n\n');
  });
  slow = await registerAgent(owner.graph, {
    name: unique('slow'),
    type: 'Slow',
    kind: 'HTTP',
    http: { url: service.url },
  });
});
afterAll(async () => {
  goOn();
  await service.stop();
});

function goOn(): void {
  for (const go of release.splice(0)) go();
}

const of = (agentId: string) => `${product.url}/a2a/agents/${agentId}/`;
const clientOf = (agentId: string, user = owner) => a2aClient(of(agentId), user.accessToken);
const asTask = (result: unknown): Task => result as Task;
const stateOf = (task: Task) => TaskState[task.status?.state ?? 0];
const outputOf = ({ artifacts }: Task) =>
  artifacts.map(({ parts }) => parts.map(({ content }): unknown => content?.value));

describe('cards', () => {
  test('everybody sees how to sign in, and no agents; callers see theirs', async () => {
    const headers = { 'a2a-version': '1.0' };
    const card = await (await fetch(`${product.url}/.well-known/agent-card.json`, { headers })).json();
    expect(card).toMatchObject({
      name: 'Flowmesh',
      supportedInterfaces: [{ protocolVersion: '1.0', protocolBinding: 'JSONRPC' }, { protocolVersion: '0.3' }],
      capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true },
    });
    expect((card as { skills?: unknown[] }).skills ?? []).toEqual([]);
    const before = await (await fetch(`${product.url}/.well-known/agent-card.json`)).json();
    expect(before).toMatchObject({ protocolVersion: '0.3', preferredTransport: 'JSONRPC', skills: [] });

    const client = await a2aClient(`${product.url}/`, owner.accessToken);
    const skills = (await client.getAgentCard()).skills.map(({ id }) => id);
    expect(skills.sort()).toEqual([echo, slow].sort());
    expect((await (await a2aClient(`${product.url}/`, other.accessToken)).getAgentCard()).skills).toEqual([]);
  });

  test('an agent has a card of its own, for who may see it', async () => {
    const url = `${of(echo)}.well-known/agent-card.json`;
    const read = (user?: TestUser) =>
      fetch(url, { headers: { 'a2a-version': '1.0', ...(user && { authorization: `Bearer ${user.accessToken}` }) } });
    expect(await (await read(owner)).json()).toMatchObject({ version: '1', skills: [{ id: echo }] });
    expect((await read(other)).status).toBe(404);
    expect((await read()).status).toBe(401);
  });
});

describe('tasks', () => {
  test('a message is work for the agent, once for each messageId; its output is the artifact', async () => {
    const client = await clientOf(echo);
    const request = sending({ n: 21 }, { contextId: 'talk-1' });
    const task = asTask(await client.sendMessage(request));
    expect([stateOf(task), task.contextId, outputOf(task)]).toEqual([
      'TASK_STATE_COMPLETED',
      'talk-1',
      [[{ twice: 42 }]],
    ]);
    expect(asTask(await client.sendMessage(request)).id).toBe(task.id);
    const again = sending({ n: 22 }, { contextId: 'talk-1', messageId: request.message!.messageId });
    await expect(client.sendMessage(again)).rejects.toMatchObject({ name: 'RequestMalformedError' });
    const read = await client.getTask(GetTaskRequest.fromJSON({ id: task.id, historyLength: 0 }));
    expect([read.id, read.history]).toEqual([task.id, []]);
    const { tasks, totalSize } = await client.listTasks(ListTasksRequest.fromJSON({ contextId: 'talk-1' }));
    expect([tasks.map(({ id }) => id), totalSize]).toEqual([[task.id], 1]);
    const { agentExecution } = await owner.graph.query<{ agentExecution: object }>(
      'query ($id: ID!) { agentExecution(id: $id) { status conversationId input output } }',
      { id: task.id },
    );
    expect(agentExecution).toEqual({
      status: 'COMPLETED',
      conversationId: 'talk-1',
      input: { n: 21 },
      output: { twice: 42 },
    });
  });

  test('at the address of the product, metadata names the agent', async () => {
    const client = await a2aClient(`${product.url}/`, owner.accessToken);
    const task = asTask(await client.sendMessage(sending({ n: 1 }, { metadata: { skillId: echo } })));
    expect(outputOf(task)).toEqual([[{ twice: 2 }]]);
    await expect(client.sendMessage(sending({ n: 1 }))).rejects.toThrow('skillId');
  });

  test('a stream tells the task, its text as it comes, the whole output and the end', async () => {
    const client = await clientOf(slow);
    const seen: unknown[] = [];
    for await (const { payload } of client.sendMessageStream(sending('hello'))) {
      if (payload?.$case === 'artifactUpdate') {
        const { artifact, lastChunk } = payload.value;
        seen.push([artifact?.parts[0]?.content?.value, lastChunk]);
        if (!lastChunk) goOn();
      } else if (payload?.$case === 'statusUpdate') seen.push(TaskState[payload.value.status!.state]);
      else if (payload?.$case === 'task') seen.push('task');
    }
    expect([seen.at(0), ...seen.slice(-2)]).toEqual(['task', ['Hello, world', true], 'TASK_STATE_COMPLETED']);
    expect(seen).toContainEqual(['Hello, ', false]);
  });

  test('what is begun can be followed by another client, and cancelling stops the work at the far end', async () => {
    const client = await clientOf(slow);
    const begun = asTask(await client.sendMessage(sending('hello', { configuration: { returnImmediately: true } })));
    await until('it has begun', async () => {
      const task = await client.getTask(GetTaskRequest.fromJSON({ id: begun.id }));
      return stateOf(task) === 'TASK_STATE_WORKING' && release.length > 0;
    });
    const states: (string | undefined)[] = [];
    const followed = (async () => {
      const events = (await clientOf(slow)).resubscribeTask(SubscribeToTaskRequest.fromJSON({ id: begun.id }));
      for await (const { payload } of events) {
        if (payload?.$case === 'task') states.push(stateOf(payload.value));
        if (payload?.$case === 'statusUpdate') states.push(String(TaskState[payload.value.status!.state]));
      }
    })();
    await until('it is followed', () => states.length > 0);
    const before = aborted;
    expect(stateOf(await client.cancelTask(CancelTaskRequest.fromJSON({ id: begun.id })))).toBe('TASK_STATE_CANCELED');
    await followed;
    expect(states).toEqual(['TASK_STATE_WORKING', 'TASK_STATE_CANCELED']);
    await until('the connection of the agent is closed', () => aborted === before + 1);
    await expect(client.cancelTask(CancelTaskRequest.fromJSON({ id: begun.id }))).rejects.toMatchObject({
      name: 'TaskNotCancelableError',
    });
    const ended = client.resubscribeTask(SubscribeToTaskRequest.fromJSON({ id: begun.id }));
    await expect(ended.next()).rejects.toMatchObject({ name: 'UnsupportedOperationError' });
  });
});

describe('workflows', () => {
  const waiting = { id: 'go', stepType: 'WAIT_FOR_EVENT', config: { event: 'go', timeoutSeconds: 600 } };
  const make = (steps: object[], more: object = {}) => createWorkflow(owner.graph, { steps, ...more });
  const atProduct = (user = owner) => a2aClient(`${product.url}/`, user.accessToken);
  const ids = ({ skills }: { skills: readonly { readonly id: string }[] }) => skills.map(({ id }) => id);

  test('are skills of who sees them; a message starts one, once, and its result is the artifact', async () => {
    const schema = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } };
    const skillId = await make([transformStep('twice', 'input.n * 2')], { inputSchema: schema });
    const client = await atProduct();
    expect(ids(await client.getAgentCard())).toContain(skillId);
    expect(ids(await (await atProduct(other)).getAgentCard())).not.toContain(skillId);
    const request = sending({ n: 21 }, { contextId: 'talk-w', metadata: { skillId } });
    const task = asTask(await client.sendMessage(request));
    expect([stateOf(task), task.contextId, task.metadata, outputOf(task)]).toEqual([
      ...['TASK_STATE_COMPLETED', 'talk-w', { workflowId: skillId }, [[42]]],
    ]);
    expect(asTask(await client.sendMessage(request)).id).toBe(task.id);
    expect(asTask(await client.getTask(GetTaskRequest.fromJSON({ id: task.id }))).id).toBe(task.id);
    const wrong = sending({ n: 'x' }, { metadata: { skillId } });
    await expect(client.sendMessage(wrong)).rejects.toMatchObject({ name: 'RequestMalformedError' });
    const others = await atProduct(other);
    await expect(others.sendMessage(request)).rejects.toMatchObject({ name: 'RequestMalformedError' });
    await expect(others.getTask(GetTaskRequest.fromJSON({ id: task.id }))).rejects.toMatchObject({
      name: 'TaskNotFoundError',
    });
  });

  test('a task mirrors its execution until that ends, and cancelling cancels it', async () => {
    const skillId = await make([waiting]);
    const client = await atProduct();
    const states: string[] = [];
    let id = '';
    for await (const { payload } of client.sendMessageStream(sending({}, { metadata: { skillId } }))) {
      if (payload?.$case === 'task') {
        id = payload.value.id;
        states.push(stateOf(payload.value)!);
      }
      if (payload?.$case === 'statusUpdate') {
        const state = TaskState[payload.value.status!.state]!;
        states.push(state);
        if (state !== 'TASK_STATE_WORKING') break;
      }
      if (states.length === 1 || states.at(-1) === 'TASK_STATE_WORKING') {
        const cancelled = await client.cancelTask(CancelTaskRequest.fromJSON({ id }));
        expect(stateOf(cancelled)).toBe('TASK_STATE_CANCELED');
      }
    }
    expect(states.at(-1)).toBe('TASK_STATE_CANCELED');
    await expect(client.cancelTask(CancelTaskRequest.fromJSON({ id }))).rejects.toMatchObject({
      name: 'TaskNotCancelableError',
    });
    const { workflowExecution } = await owner.graph.query<{ workflowExecution: object }>(
      'query ($id: ID!) { workflowExecution(id: $id) { status } }',
      { id },
    );
    expect(workflowExecution).toEqual({ status: 'CANCELLED' });
  });
});

interface RpcAnswer {
  readonly status: number;
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
  readonly result?: unknown;
  readonly message?: string | undefined;
}

async function rpc(
  path: string,
  body: unknown,
  { user = owner, headers = {} }: { user?: TestUser | null; headers?: Record<string, string> } = {},
): Promise<RpcAnswer> {
  const response = await fetch(`${product.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(user && { authorization: `Bearer ${user.accessToken}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify({ jsonrpc: '2.0', id: 1, ...(body as object) }),
  });
  const { error, result } = (await response.json()) as {
    error?: { code: number; message: string; data?: { code?: string } };
    result?: unknown;
  };
  return { status: response.status, code: error?.code, reason: error?.data?.code, message: error?.message, result };
}

const V1 = { headers: { 'a2a-version': '1.0' } };
const message = (extra: object = {}) => ({
  messageId: 'm',
  role: 'ROLE_USER',
  parts: [{ data: { n: 1 } }],
  ...extra,
});

describe('version 0.3', () => {
  test('the same tasks in the words of before', async () => {
    const parts = [{ kind: 'data', data: { n: 4 } }];
    const params = { message: { kind: 'message', messageId: 'of-0.3', role: 'user', parts } };
    const sent = await rpc(`/a2a/agents/${echo}`, { method: 'message/send', params });
    expect(sent.result).toMatchObject({
      kind: 'task',
      status: { state: 'completed' },
      artifacts: [{ parts: [{ kind: 'data', data: { twice: 8 } }] }],
    });
    const { id } = sent.result as { id: string };
    expect((await rpc('/a2a', { method: 'tasks/get', params: { id } })).result).toMatchObject({ id, kind: 'task' });
    expect(await rpc('/a2a', { method: 'tasks/cancel', params: { id } })).toMatchObject({ code: -32_002 });
    expect(await rpc('/a2a', { method: 'agent/getAuthenticatedExtendedCard' })).toMatchObject({
      result: { name: 'Flowmesh' },
    });
  });
});

describe('what is refused', () => {
  const at = () => `/a2a/agents/${echo}`;
  test.each<[string, string, object, number]>([
    ['an unknown task', 'GetTask', { id: 'no-such-task' }, -32_001],
    ['no id', 'GetTask', {}, -32_001],
    ['an id that is none', 'GetTask', { id: { a: 1 } }, -32_001],
    ['an unknown task to cancel', 'CancelTask', { id: 'no-such-task' }, -32_001],
    ['an unknown task to follow', 'SubscribeToTask', { id: 'no-such-task' }, -32_001],
    ['pushes of an unknown task', 'ListTaskPushNotificationConfigs', { taskId: 'no-such-task' }, -32_001],
    ['a message to an unknown task', 'SendMessage', { message: message({ taskId: 'no-such-task' }) }, -32_001],
    ['no message', 'SendMessage', {}, -32_602],
    ['parts that are none', 'SendMessage', { message: message({ parts: 5 }) }, -32_602],
    ['no parts', 'SendMessage', { message: message({ parts: [] }) }, -32_602],
    ['a part that is none', 'SendMessage', { message: message({ parts: [null] }) }, -32_602],
    ['no messageId', 'SendMessage', { message: message({ messageId: '' }) }, -32_602],
    ['a long messageId', 'SendMessage', { message: message({ messageId: 'x'.repeat(101) }) }, -32_602],
    [
      'input that the agent does not take',
      'SendMessage',
      { message: message({ parts: [{ data: { n: 'many' } }] }) },
      -32_602,
    ],
    ['a file', 'SendMessage', { message: message({ parts: [{ url: 'https://example.org/a' }] }) }, -32_005],
    ['the same in a stream', 'SendStreamingMessage', { message: message({ parts: [] }) }, -32_602],
    ['a negative historyLength', 'GetTask', { id: 'no-such-task', historyLength: -1 }, -32_602],
    ['a page that is too long', 'ListTasks', { pageSize: 101 }, -32_602],
    ['a historyLength that is no number', 'GetTask', { id: 'no-such-task', historyLength: 'many' }, -32_602],
    ['a page of no whole number', 'ListTasks', { pageSize: 1.5 }, -32_602],
    ['a page that is no number', 'ListTasks', { pageSize: 'many' }, -32_602],
    ['a huge page', 'ListTasks', { pageSize: 1e300 }, -32_602],
    ['a pageToken that is none', 'ListTasks', { pageToken: 'no token' }, -32_602],
    ['a pageToken with NUL', 'ListTasks', { pageToken: 'a\u0000' }, -32_602],
    ['a status that is none', 'ListTasks', { status: 'TASK_STATE_ASLEEP' }, -32_602],
    ['a status by a wrong number', 'ListTasks', { status: 999 }, -32_602],
    ['NUL in an id', 'GetTask', { id: 'a\u0000' }, -32_602],
    ['a huge id', 'GetTask', { id: 'x'.repeat(100_000) }, -32_001],
    ['NUL in an id to cancel', 'CancelTask', { id: 'a\u0000' }, -32_602],
    ['NUL in a messageId', 'SendMessage', { message: message({ messageId: 'a\u0000' }) }, -32_602],
    ['NUL in a contextId', 'SendMessage', { message: message({ contextId: 'a\u0000' }) }, -32_602],
    ['a role that is none', 'SendMessage', { message: message({ role: 'ROLE_BOSS' }) }, -32_602],
    ['the role of the agent', 'SendMessage', { message: message({ role: 'ROLE_AGENT' }) }, -32_602],
    ['a huge number', 'SendMessage', { message: message({ parts: [{ data: { n: '9'.repeat(400) } }] }) }, -32_602],
    ['no id of the pushes', 'ListTaskPushNotificationConfigs', {}, -32_001],
    ['another method', 'DeleteEverything', {}, -32_601],
  ])('%s', async (_what, method, params, code) => {
    expect(await rpc(at(), { method, params }, V1)).toMatchObject({ status: 200, code });
  });

  test('tasks are of one address, and of their callers', async () => {
    const task = asTask(await (await clientOf(echo)).sendMessage(sending({ n: 3 })));
    const get = { method: 'GetTask', params: { id: task.id } };
    expect(await rpc(`/a2a/agents/${slow}`, get, V1)).toMatchObject({ code: -32_001 });
    for (const path of ['/a2a', at()]) {
      expect(await rpc(path, get, { ...V1, user: other })).toMatchObject({ code: -32_001 });
    }
    const send = { method: 'SendMessage', params: { message: message() } };
    expect(await rpc(at(), send, { ...V1, user: other })).toMatchObject({ code: -32_602 });
    expect((await rpc('/a2a', { method: 'ListTasks', params: {} }, { ...V1, user: other })).result).toMatchObject({
      totalSize: 0,
    });
    expect(await rpc(at(), send, { ...V1, user: null })).toMatchObject({ status: 401, reason: 'UNAUTHENTICATED' });
  });

  test('an API key without the scope of executing agents only reads', async () => {
    const { key } = await owner.graph.mutate<{ key: string }>(
      `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
        ... on CreateApiKeySuccess { key } ... on MutationError { code message } } }`,
      { input: { name: 'reader of tasks', scopes: ['agent:read'] } },
    );
    const reader = { ...owner, accessToken: key };
    expect((await rpc('/a2a', { method: 'ListTasks', params: {} }, { ...V1, user: reader })).code).toBeUndefined();
    const send = { method: 'SendMessage', params: { message: message() } };
    expect(await rpc(at(), send, { ...V1, user: reader })).toMatchObject({
      status: 403,
      reason: 'FORBIDDEN',
      code: -32_000,
    });
  });

  test('messages that are none', async () => {
    const call = { method: 'GetTask', params: { id: 'a' } };
    expect(await rpc('/a2a', '{')).toMatchObject({ status: 400 });
    expect(await rpc('/a2a', '[]')).toMatchObject({ status: 400 });
    expect(await rpc('/a2a', '7')).toMatchObject({ status: 200, code: -32_600 });
    expect(await rpc('/a2a', `{"a": ${'['.repeat(500)}${']'.repeat(500)}}`)).toMatchObject({ status: 400 });
    expect(await rpc('/a2a', { ...call, params: { a: 'x'.repeat(3_000_000) } })).toMatchObject({
      status: 413,
      reason: 'TOO_LARGE',
    });
    expect(await rpc('/a2a', call, { headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 });
    expect(await rpc('/a2a', call, { headers: { 'a2a-version': '9.9' } })).toMatchObject({ code: -32_009 });
    expect(await rpc('/a2a', call, { headers: { origin: 'https://evil.example' } })).toMatchObject({ status: 403 });
    expect((await fetch(`${product.url}/a2a`)).status).toBe(405);
  });
});
