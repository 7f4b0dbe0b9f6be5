import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TaskPushNotificationConfig, type Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { a2aClient, sending } from '../harness/a2a.ts';
import { sql } from '../harness/databases.ts';
import { echoAgent, registerAgent } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let owner: TestUser;
let other: TestUser;
let agentId: string;
let client: Client;
let receiver: HttpDouble;
/** Answers of the receiver to come; 200 after them. */
let statuses: number[] = [];

beforeAll(async () => {
  owner = await makeUser(product);
  other = await makeUser(product);
  agentId = await registerAgent(owner.graph, echoAgent());
  receiver = await HttpDouble.start((_call, response) => response.writeHead(statuses.shift() ?? 200).end());
  client = await a2aClient(`${product.url}/a2a/agents/${agentId}/`, owner.accessToken);
});
afterAll(() => receiver.stop());

const received = (path: string) =>
  receiver.calls
    .filter((call) => call.path === path)
    .map(({ body, headers }) => ({ headers, body: JSON.parse(body) as Record<string, unknown> }));

/** Work that the client is told of at a path of its own. */
async function begin(path: string, push: object = {}): Promise<Task> {
  const taskPushNotificationConfig = { url: `${receiver.url}${path}`, ...push };
  return (await client.sendMessage(sending('hello', { configuration: { taskPushNotificationConfig } }))) as Task;
}

const ended = (path: string) =>
  until('the end is told', () => received(path).find(({ body }) => JSON.stringify(body).includes('COMPLETED')));

test('the end of a task is told, with the token and the credentials of the client', async () => {
  const authentication = { scheme: 'Bearer', credentials: 'from-them' };
  const task = await begin('/end', { id: 'mine', token: 'known-to-us', authentication });
  const { headers, body } = await ended('/end');
  expect(headers).toMatchObject({
    'x-a2a-notification-token': 'known-to-us',
    authorization: 'Bearer from-them',
    'content-type': 'application/a2a+json',
  });
  expect(body).toMatchObject({
    task: { id: task.id, status: { state: 'TASK_STATE_COMPLETED' }, artifacts: [{ parts: [{ text: 'hello' }] }] },
  });
  const { configs } = await client.listTaskPushNotificationConfig({
    tenant: '',
    taskId: task.id,
    pageSize: 0,
    pageToken: '',
  });
  expect(configs.map(({ id, url, token, authentication: told }) => [id, url, token, told?.credentials])).toEqual([
    ['mine', `${receiver.url}/end`, '', ''],
  ]);
  const [stored] = await sql<{ row: string }>(
    product,
    'agent',
    `select row_to_json(p)::text as row from agent_execution_pushes p where execution_id = '${task.id}'`,
  );
  expect(stored!.row).not.toMatch(/known-to-us|from-them/);
});

test('what is not received is sent again, and once only when it is', async () => {
  statuses = [503, 302];
  const { id } = await begin('/again');
  await ended('/again');
  const push = () =>
    owner.graph.query<{ agentExecution: { pushes: object[] } }>(
      'query ($id: ID!) { agentExecution(id: $id) { pushes { key toldStatus lastError tokenSet } } }',
      { id },
    );
  await until('it is known to be received', async () => {
    const [told] = (await push()).agentExecution.pushes as { toldStatus: string | null }[];
    return told?.toldStatus === 'COMPLETED';
  });
  expect((await push()).agentExecution.pushes).toEqual([
    { key: 'default', toldStatus: 'COMPLETED', lastError: null, tokenSet: false },
  ]);
  const bodies = received('/again').map(({ body }) => JSON.stringify(body));
  expect(bodies.filter((body) => body.includes('COMPLETED')).length).toBe(3);
});

test('pushes of 0.3 are the task itself', async () => {
  const response = await fetch(`${product.url}/a2a/agents/${agentId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${owner.accessToken}` },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'message/send',
      params: {
        message: { kind: 'message', messageId: unique('m'), role: 'user', parts: [{ kind: 'text', text: 'hi' }] },
        configuration: { blocking: false, pushNotificationConfig: { url: `${receiver.url}/before`, token: 't' } },
      },
    }),
  });
  const { result } = (await response.json()) as { result: { id: string } };
  const told = await until('the end is told', () => received('/before').find(({ body }) => 'kind' in body));
  expect(told.body).toMatchObject({ kind: 'task', id: result.id });
});

test('addresses inside are refused, and so is what is not theirs', async () => {
  const task = await begin('/kept');
  const set = (config: object) =>
    client.createTaskPushNotificationConfig(TaskPushNotificationConfig.fromJSON({ taskId: task.id, ...config }));
  await expect(set({ url: 'http://169.254.169.254/latest' })).rejects.toMatchObject({ name: 'RequestMalformedError' });
  await expect(set({ url: 'file:///etc/passwd' })).rejects.toMatchObject({ name: 'RequestMalformedError' });
  for (let at = 0; at < 9; at += 1) await set({ id: `key ${at}`, url: receiver.url });
  await expect(set({ id: 'one too many', url: receiver.url })).rejects.toMatchObject({ name: 'RequestMalformedError' });
  await client.deleteTaskPushNotificationConfig({ tenant: '', taskId: task.id, id: 'key 0' });
  await client.deleteTaskPushNotificationConfig({ tenant: '', taskId: task.id, id: 'key 0' });
  await set({ id: 'one more', url: receiver.url });
  const input = { executionId: task.id, key: 'default', url: receiver.url };
  expect(
    await other.graph.mutate(
      `mutation ($input: SetAgentExecutionPushInput!) { setAgentExecutionPush(input: $input) { __typename } }`,
      { input },
    ),
  ).toMatchObject({ __typename: 'NotFoundError' });
});
