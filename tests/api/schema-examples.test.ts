import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { graph } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import { ROOT } from '../harness/test-config.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

/** The examples of docs/schema, each run as it stands there, with ids that the ones before have given. */
const FOLDER = join(ROOT, 'docs/schema/examples');
const product = sharedProduct();
const run = new Set<string>();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

function example(name: string): string {
  run.add(name);
  return readFileSync(join(FOLDER, `${name}.graphql`), 'utf8');
}

type Variables = Readonly<Record<string, unknown>>;
/** The one root field of an example. */
const ask = <T>(name: string, variables: Variables = {}, client = user.graph) =>
  client.mutate<T>(example(name), variables);

async function follow<T>(name: string, variables: Variables): Promise<T[]> {
  const messages: T[] = [];
  for await (const data of user.graph.subscribe<Record<string, T>>(example(name), variables)) {
    messages.push(...Object.values(data));
  }
  return messages;
}

test('signing in, going on, who one is, a key', async () => {
  const { anonymous, as } = graph(product);
  const { email, password, username, id } = user;
  const signedIn = await ask<{ __typename: string; tokens: TestUser }>(
    'login',
    { identifier: email, password },
    anonymous,
  );
  expect(signedIn.__typename).toBe('LoginSuccess');
  const { refreshToken } = signedIn.tokens;
  const refreshed = await ask<{ __typename: string; tokens: TestUser }>('refreshToken', { refreshToken }, anonymous);
  expect(refreshed.__typename).toBe('RefreshTokenSuccess');
  expect(await ask('me', {}, as(refreshed.tokens))).toMatchObject({ id, username, roles: [{ name: 'member' }] });
  expect(await ask('createApiKey')).toMatchObject({
    __typename: 'CreateApiKeySuccess',
    key: expect.stringMatching(/^fm_\w{49}$/),
  });
});

const SUMMARY = expect.stringMatching(/\w+\.$/);

test('an agent, its work, and a workflow with it', async () => {
  const { agent } = await ask<{ agent: { id: string } }>('registerAgent');
  expect(agent).toMatchObject({ name: 'Summariser', version: 1 });
  expect(await ask('agents')).toMatchObject({ nodes: [{ id: agent.id, available: true }], totalCount: 1 });
  expect(await ask('discoverAgents')).toMatchObject({ nodes: [{ id: agent.id, concurrencyLimit: 10 }] });

  const executed = await ask<{ execution: { id: string } }>('executeAgent', { agentId: agent.id });
  expect(executed).toMatchObject({ created: true, execution: { status: 'COMPLETED', output: { summary: SUMMARY } } });
  const { id } = executed.execution;
  expect(await ask('agentExecution', { id })).toMatchObject({ status: 'COMPLETED', attempts: 1, error: null });
  expect(await follow('agentExecutionUpdates', { id })).toMatchObject([{ execution: { status: 'COMPLETED' } }]);

  const { workflow } = await ask<{ workflow: { id: string } }>('createWorkflow', { agentId: agent.id });
  expect(workflow).toMatchObject({ version: 1 });
  const begun = await ask<{ execution: { id: string } }>('executeWorkflow', { workflowId: workflow.id });
  const execution = { id: begun.execution.id };
  const messages = await follow<{ execution: object }>('workflowExecutionUpdates', execution);
  expect(messages.at(-1)).toMatchObject({ execution: { status: 'COMPLETED', progress: { ended: 3, total: 3 } } });
  expect(await ask('workflowExecution', execution)).toMatchObject({
    status: 'COMPLETED',
    result: SUMMARY,
    steps: [{ id: 'isLong' }, { id: 'summarise', agent: { name: 'Summariser' } }, { id: 'result' }],
  });
  expect(await ask('retryWorkflowExecution', execution)).toMatchObject({
    __typename: 'RetryWorkflowExecutionSuccess',
    execution,
  });
  expect(await ask('workflows')).toMatchObject({
    nodes: [{ id: workflow.id, stats: { totalExecutions: 1 }, executions: { nodes: [] } }],
  });
});

test('a template, a notification, and the inbox it comes to', async () => {
  const { template } = await ask<{ template: { id: string } }>('createNotificationTemplate');
  const sent = await ask<{ notification: { id: string } }>('sendNotification', { templateId: template.id });
  const content = 'Hello, The report of January is ready.';
  expect(sent).toMatchObject({ created: true, notification: { content } });
  const { id } = sent.notification;
  const messages = await follow<{ notification: object }>('notificationDeliveryUpdates', { notificationId: id });
  expect(messages.at(-1)).toMatchObject({ notification: { status: 'DELIVERED', attempts: 1, error: null } });
  expect(await ask('notifications')).toMatchObject({ nodes: [{ id, content, status: 'DELIVERED' }] });
  const found = await until('the notification is in the inbox', async () => {
    const inbox = await ask<{ nodes: object[] }>('inbox');
    return inbox.nodes.length > 0 ? inbox : null;
  });
  expect(found).toMatchObject({ unreadCount: 1, nodes: [{ id, content }] });
  expect(await ask('markNotificationRead', { ids: [id] })).toMatchObject({
    unreadCount: 0,
    items: [{ id, isRead: true }],
  });
});

test('no example is left out', () => {
  const examples = readdirSync(FOLDER).map((file) => file.replace('.graphql', ''));
  expect([...run].sort()).toEqual(examples.sort());
});
