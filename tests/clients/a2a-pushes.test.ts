import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TaskPushNotificationConfig, type Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { a2aClient, sending } from '../harness/a2a.ts';
import { sql } from '../harness/databases.ts';
import { echoAgent, registerAgent } from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let owner: TestUser;
let other: TestUser;
let agentId: string;
let client: Client;
let receiver: HttpDouble;
/** Answers of the receiver to come; 200 after them. */
let statuses: number[] = [];
/** Whether `/held` receives nothing. */
let isRefused = true;

beforeAll(async () => {
  owner = await makeUser(product);
  other = await makeUser(product);
  agentId = await registerAgent(owner.graph, echoAgent());
  receiver = await HttpDouble.start(({ path }, response) => {
    response.writeHead(isRefused && path === '/held' ? 503 : (statuses.shift() ?? 200)).end();
  });
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

test('what a suspended user wanted to be told waits until they are reactivated', async () => {
  const held = await makeUser(product);
  const theirs = await registerAgent(held.graph, echoAgent());
  const address = `${product.url}/a2a/agents/${theirs}/`;
  const configuration = { taskPushNotificationConfig: { url: `${receiver.url}/held` } };
  const message = sending('hello', { configuration });
  const { id } = (await (await a2aClient(address, held.accessToken)).sendMessage(message)) as Task;
  await until('it is tried', () => received('/held').length > 0);
  const admin = await administrator(product);
  const change = (field: string, input: object) =>
    admin.graph.mutate(
      `mutation ($input: ${field[0]!.toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) { __typename } }`,
      {
        input,
      },
    );
  await change('suspendUser', { id: held.id });
  await until('the agent domain knows', async () => {
    const rows = await sql(product, 'agent', `select 1 from suspended_users where user_id = '${held.id}'`);
    return rows.length === 1;
  });
  const row = `agent_execution_pushes where execution_id = '${id}'`;
  const attempts = async () =>
    (await sql<{ attempts: number }>(product, 'agent', `select attempts from ${row}`))[0]!.attempts;
  const before = await attempts();
  await sql(product, 'agent', `update agent_execution_pushes set next_at = now() where execution_id = '${id}'`);
  // A round has passed in which it was due.
  await begin('/meanwhile');
  await ended('/meanwhile');
  expect(await attempts()).toBe(before);
  isRefused = false;
  await change('reactivateUser', { id: held.id });
  await ended('/held');
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
