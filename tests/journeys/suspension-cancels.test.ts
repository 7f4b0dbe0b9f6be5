import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  agentExecutionIs,
  createWorkflow,
  delayStep,
  executeAgent,
  executeWorkflow,
  executionIs,
  registerAgent,
} from '../harness/fixtures.ts';
import { configureWebhooks, makeSender, sendNotifications } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { administrator, unique, type TestUser } from '../harness/users.ts';

let product: Product;
let agentApi: HttpDouble;
let admin: TestUser;
let called = 0;

beforeAll(async () => {
  agentApi = await HttpDouble.start(() => {
    // Never answers: the call is under way until it is aborted.
    called += 1;
  });
  product = await startProduct({ env: { SUSPENDED_WORK: 'cancel' } });
  admin = await administrator(product);
  await configureWebhooks(product);
});
afterAll(async () => {
  await product?.stop();
  await agentApi?.stop();
});

const change = (name: 'suspendUser' | 'reactivateUser', id: string) =>
  admin.graph.mutate<{ __typename: string }>(
    `mutation ($id: ID!) { ${name}(input: { id: $id }) { __typename ... on MutationError { message } } }`,
    { id },
  );
const notificationIs = (id: string, status: string) =>
  until(`notification ${id} is ${status}`, async () => {
    const { notification } = await admin.graph.query<{ notification: { status: string } }>(
      'query ($id: ID!) { notification(id: $id) { status } }',
      { id },
    );
    return notification.status === status;
  });

test('with SUSPENDED_WORK=cancel what a suspended person has begun ends for good, paused work and calls under way included', async () => {
  const person = await makeSender(product);
  const agentId = await registerAgent(person.graph, {
    ...{ name: unique('agent'), type: 'T', kind: 'HTTP', http: { url: agentApi.url } },
  });
  const workflowId = await createWorkflow(person.graph, { type: 'SEQUENTIAL', steps: [delayStep('wait', 3_600)] });
  const [running, paused] = await Promise.all([
    executeWorkflow(person.graph, workflowId),
    executeWorkflow(person.graph, workflowId),
  ]);
  await person.graph.mutate('mutation ($id: ID!) { pauseWorkflowExecution(input: { id: $id }) { __typename } }', {
    id: paused,
  });
  const underWay = await executeAgent(person.graph, agentId);
  await until('the agent is called', () => called > 0);
  const [scheduled = ''] = await sendNotifications(person.graph, [
    {
      channel: 'WEBHOOK',
      recipient: agentApi.url,
      content: 'x',
      scheduledAt: new Date(Date.now() + 3_600_000).toISOString(),
    },
  ]);

  expect(await change('suspendUser', person.id)).toEqual({ __typename: 'SuspendUserSuccess' });
  for (const id of [running, paused]) await executionIs(admin.graph, id, ['CANCELLED']);
  await agentExecutionIs(admin.graph, underWay.id, 'STOPPED');
  await notificationIs(scheduled, 'CANCELLED');
  const { agentExecution } = await admin.graph.query<{ agentExecution: { stopReason: string } }>(
    'query ($id: ID!) { agentExecution(id: $id) { stopReason } }',
    { id: underWay.id },
  );
  expect(agentExecution).toEqual({ stopReason: 'Whoever began it was suspended.' });

  expect(await change('reactivateUser', person.id)).toEqual({ __typename: 'ReactivateUserSuccess' });
  // Nothing of before comes back.
  for (const id of [running, paused]) await executionIs(admin.graph, id, ['CANCELLED']);
}, 120_000);
