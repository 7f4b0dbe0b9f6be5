import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionIs,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { graph, type GraphClient } from '../harness/graph.ts';
import { configureWebhooks, makeSender, WebhookReceiver } from '../harness/notifications.ts';
import { sharedProduct } from '../harness/product.ts';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { administrator, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let receiver: WebhookReceiver;
let agentApi: HttpDouble;
let admin: TestUser;
const answered: string[] = [];

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  agentApi = await HttpDouble.start(({ body }, response) => {
    answered.push((JSON.parse(body) as { input: { who: string } }).input.who);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await configureWebhooks(product);
  admin = await administrator(product);
});
afterAll(() => Promise.all([receiver?.stop(), agentApi?.stop()]));

const change = (who: GraphClient, name: string, input: object) => {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  return who.mutate<{ __typename: string; serviceAccount?: { id: string; version: number }; key?: string }>(
    `mutation ($input: ${type}!) { ${name}(input: $input) { __typename
      ${name === 'createServiceAccount' ? '... on CreateServiceAccountSuccess { serviceAccount { id version } }' : ''}
      ${name === 'createApiKey' ? '... on CreateApiKeySuccess { key }' : ''}
      ... on MutationError { message } } }`,
    { input },
  );
};

/** Work of somebody that waits a moment before it does something: a workflow whose agent is called, and a webhook. */
async function begin(who: GraphClient, name: string, seconds: number): Promise<string> {
  const agentId = await registerAgent(who, {
    name: unique('agent'),
    type: 'T',
    kind: 'HTTP',
    http: { url: agentApi.url },
  });
  const workflowId = await createWorkflow(who, {
    type: 'SEQUENTIAL',
    steps: [
      delayStep('wait', seconds),
      {
        id: 'call',
        name: 'call',
        stepType: 'AGENT',
        agentId,
        config: { input: '{ "who": input.name }' },
        dependencies: ['wait'],
      },
      transformStep('end', '1', { dependencies: ['call'] }),
    ],
  });
  await who.mutate('mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { __typename } }', {
    input: {
      channel: 'WEBHOOK',
      recipient: `${receiver.url}/${name}`,
      content: name,
      scheduledAt: new Date(Date.now() + seconds * 1_000).toISOString(),
    },
  });
  return executeWorkflow(who, workflowId, { input: { name } });
}

const done = (name: string) =>
  answered.includes(name) && receiver.received.some(({ call }) => call.path === `/${name}`);

test('what a suspended person and their service accounts have begun waits, visibly, until they are reactivated', async () => {
  const person = await makeSender(product);
  // A service account of theirs, which may what they may.
  const role = unique('machines');
  await change(admin.graph, 'createRole', { name: role, scopes: ['agent:*', 'workflow:*', 'notification:*'] });
  const made = await change(admin.graph, 'createServiceAccount', { name: unique('machine'), roles: [role] });
  const account = made.serviceAccount!;
  await change(admin.graph, 'updateServiceAccount', {
    id: account.id,
    expectedVersion: account.version,
    ownerId: person.id,
  });
  const { key } = await change(admin.graph, 'createApiKey', {
    name: 'k',
    scopes: ['agent:*', 'workflow:*', 'notification:*'],
    serviceAccountId: account.id,
  });
  const machine = graph(product).as({ accessToken: key! });
  const names = { person: unique('person'), machine: unique('machine'), control: unique('control') };
  const executions = await Promise.all([begin(person.graph, names.person, 3), begin(machine, names.machine, 3)]);

  expect(await change(admin.graph, 'suspendUser', { id: person.id })).toEqual({ __typename: 'SuspendUserSuccess' });
  for (const id of executions) await executionIs(admin.graph, id, ['PAUSED']);
  const state = async () => {
    const query = 'query ($id: ID!) { workflowExecution(id: $id) { status heldSince } }';
    return Promise.all(
      executions.map(async (id) => {
        const { workflowExecution } = await admin.graph.query<{
          workflowExecution: { status: string; heldSince: string | null };
        }>(query, { id });
        return { status: workflowExecution.status, held: workflowExecution.heldSince !== null };
      }),
    );
  };
  expect(await state()).toEqual([
    { status: 'PAUSED', held: true },
    { status: 'PAUSED', held: true },
  ]);
  const notifications =
    'query ($senderId: ID!) { notifications(filter: { senderId: $senderId }) { nodes { heldSince } } }';
  const sent = await admin.graph.query<{ notifications: { nodes: readonly { heldSince: string | null }[] } }>(
    notifications,
    { senderId: person.id },
  );
  expect(sent.notifications.nodes.map(({ heldSince }) => heldSince !== null)).toEqual([true]);
  // Nobody goes on with it by hand: it would act with the rights of whoever is suspended.
  for (const id of executions) {
    expect(await change(admin.graph, 'resumeWorkflowExecution', { id })).toMatchObject({
      message: 'The user who started it is suspended: it continues when they are reactivated.',
    });
  }
  await until(
    'the key of the service account sleeps',
    async () => (await machine.ask('{ agents { nodes { id } } }')).status === 401,
  );

  // Work of others that was begun later and is due later goes on: what is held would have been done by now.
  const other = await makeSender(product);
  await begin(other.graph, names.control, 4);
  await until('the work of others is done', () => done(names.control), { timeoutMs: 30_000 });
  expect([done(names.person), done(names.machine)]).toEqual([false, false]);
  expect(answered).not.toContain(names.person);
  expect(receiver.received.map(({ call }) => call.path)).not.toContain(`/${names.machine}`);

  expect(await change(admin.graph, 'reactivateUser', { id: person.id })).toEqual({
    __typename: 'ReactivateUserSuccess',
  });
  await until('all is done', () => done(names.person) && done(names.machine), { timeoutMs: 30_000 });
  for (const id of executions) await executionIs(admin.graph, id, ['COMPLETED']);
  expect(answered.filter((who) => who === names.person)).toHaveLength(1);
}, 120_000);
