import { createHmac } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { createWorkflow, echoAgent, registerAgent, transformStep } from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { registerIntegration } from '../harness/integrations.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});

interface Firing {
  readonly status: string;
  readonly cause: string;
  readonly execution: {
    readonly status: string;
    readonly input: unknown;
    readonly startedBy: { readonly id: string };
  } | null;
}

const FIRING = 'status cause execution { status input startedBy { id } }';

async function trigger(graph: GraphClient, input: object): Promise<string> {
  const { trigger: made } = await graph.mutate<{ trigger: { id: string } }>(
    `mutation ($input: CreateWorkflowTriggerInput!) { createWorkflowTrigger(input: $input) {
       __typename ... on CreateWorkflowTriggerSuccess { trigger { id } } } }`,
    { input: { name: unique('trigger'), ...input } },
  );
  return made.id;
}

const completed = (graph: GraphClient, id: string) =>
  until(`an execution of trigger ${id} completes`, async () => {
    const { workflowTrigger } = await graph.query<{ workflowTrigger: { lastRun: Firing | null } }>(
      `query ($id: ID!) { workflowTrigger(id: $id) { lastRun { ${FIRING} } } }`,
      { id },
    );
    const { lastRun } = workflowTrigger;
    return lastRun?.execution?.status === 'COMPLETED' && lastRun;
  });

const echo = (graph: GraphClient) => createWorkflow(graph, { steps: [transformStep('echo', 'input')] });

test('a schedule runs now, with the rights its maker has now, and is listed with its workflow', async () => {
  const workflowId = await echo(user.graph);
  const id = await trigger(user.graph, {
    ...{ workflowId, kind: 'SCHEDULE', cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
    input: { hello: 'world' },
  });
  const { firing } = await user.graph.mutate<{ firing: Firing }>(
    `mutation ($id: ID!) { runWorkflowTrigger(input: { id: $id }) {
       __typename ... on RunWorkflowTriggerSuccess { firing { ${FIRING} } } } }`,
    { id },
  );
  expect(firing).toMatchObject({ status: 'STARTED', cause: 'MANUAL' });
  expect(await completed(user.graph, id)).toMatchObject({
    execution: { input: { hello: 'world' }, startedBy: { id: user.id } },
  });
  const { workflow } = await user.graph.query<{ workflow: { triggers: { nodes: unknown[]; totalCount: number } } }>(
    `query ($id: ID!) { workflow(id: $id) { triggers { totalCount nodes { id kind status nextRuns(first: 2) owner { id } } } } }`,
    { id: workflowId },
  );
  expect(workflow.triggers).toEqual({
    totalCount: 1,
    nodes: [
      {
        id,
        kind: 'SCHEDULE',
        status: 'ACTIVE',
        nextRuns: [expect.any(String), expect.any(String)],
        owner: { id: user.id },
      },
    ],
  });
});

test('an event of what is one’s own starts an execution with what it says', async () => {
  const workflowId = await echo(user.graph);
  const id = await trigger(user.graph, {
    ...{ workflowId, kind: 'EVENT', eventType: 'agent.registered' },
    inputExpression: '{ "agent": input.event.payload.agentId }',
  });
  const other = await makeUser(product);
  await registerAgent(other.graph, echoAgent());
  const agentId = await registerAgent(user.graph, echoAgent());
  expect(await completed(user.graph, id)).toMatchObject({ cause: 'EVENT', execution: { input: { agent: agentId } } });
});

test('a signed webhook starts an execution once; one that is not signed starts none', async () => {
  const integrationId = await registerIntegration(user.graph, {
    type: 'HTTP',
    name: unique('shop'),
    configuration: { baseUrl: 'https://shop.example.org' },
    operations: [{ name: 'find', method: 'GET', path: '/things' }],
  });
  const secret = 'a-secret-of-the-shop';
  await user.graph.mutate(
    `mutation ($input: ConfigureInboundWebhooksInput!) { configureInboundWebhooks(input: $input) {
       __typename } }`,
    { input: { id: integrationId, scheme: 'GITHUB', secret } },
  );
  const workflowId = await echo(user.graph);
  const id = await trigger(user.graph, {
    ...{ workflowId, kind: 'WEBHOOK', integrationId },
    inputExpression: 'input.webhook.body.order',
  });
  const send = (body: string, key: string) =>
    fetch(`${product.url}/services/integration/webhooks/${integrationId}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
      },
      body,
    });
  expect((await send('{"order": 1}', 'another secret')).status).toBeGreaterThanOrEqual(400);
  for (let n = 0; n < 2; n += 1) expect((await send('{"order": 2}', secret)).ok).toBe(true);
  expect(await completed(user.graph, id)).toMatchObject({ cause: 'WEBHOOK', execution: { input: 2 } });
  const { workflow } = await user.graph.query<{ workflow: { executions: { totalCount: number } } }>(
    'query ($id: ID!) { workflow(id: $id) { executions { totalCount } } }',
    { id: workflowId },
  );
  expect(workflow.executions.totalCount).toBe(1);
});
