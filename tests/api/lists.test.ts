import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { integrationUseChanged } from '@flowmesh/platform/integration-use';
import { stuckCompensation } from '../harness/compensations.ts';
import { until } from '@flowmesh/platform/testing';
import { Kind, parse, type TypeNode } from 'graphql';
import { sql } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  EXECUTE_AGENT,
  EXECUTE_WORKFLOW,
  executeWorkflow,
  executionEnds,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { ROOT } from '../harness/test-config.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();

const typeName = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : typeName(type.type));

/** Every list of the supergraph that is read page by page, as `Query.agents`. */
const LISTS: readonly string[] = parse(readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8'))
  .definitions.flatMap((definition) => (definition.kind === Kind.OBJECT_TYPE_DEFINITION ? [definition] : []))
  .flatMap(({ name, fields = [] }) =>
    fields
      .filter(({ type }) => typeName(type).endsWith('Connection'))
      .map((field) => `${name.value}.${field.name.value}`),
  );

/** How an object is reached that has lists; filled with what each is called with. */
const parents: Record<string, string> = { Query: '' };
/** What a list must be told, but for the page. */
const wanted: Record<string, string> = {};
let admin: TestUser;

const make = async (mutation: string, input: object, selection: string) => {
  const name = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}`;
  const result = await admin.graph.mutate<Record<string, { id: string }>>(
    `mutation ($input: ${name}Input!) { ${mutation}(input: $input) { ... on ${name}Success { ${selection} { id } } } }`,
    { input },
  );
  expect(result).toEqual({ [selection]: { id: expect.any(String) } });
  return result[selection]!.id;
};

beforeAll(async () => {
  admin = await administrator(product);
  const agentId = await registerAgent(admin.graph);
  await admin.graph.mutate(EXECUTE_AGENT, { input: { agentId, input: {} } });
  const workflowId = await createWorkflow(admin.graph, { steps: [agentStep('one', agentId)] });
  await admin.graph.mutate(EXECUTE_WORKFLOW, { input: { workflowId } });
  await make('sendNotification', { channel: 'IN_APP', content: 'hello' }, 'notification');
  await make('createWebhookEndpoint', { url: 'http://127.0.0.1:9/' }, 'endpoint');
  await make('createServiceAccount', { name: unique('lists') }, 'serviceAccount');
  await make('createApiKey', { name: unique('lists'), scopes: ['agent:read'] }, 'apiKey');
  const template = { name: unique('lists'), channel: 'IN_APP', contentTemplate: 'hello' };
  const templateId = await make('createNotificationTemplate', template, 'template');
  const configuration = { baseUrl: 'http://127.0.0.1:2' };
  const operations = [{ name: 'look', method: 'GET', path: '/' }];
  const integration = { name: unique('lists'), type: 'HTTP', configuration, operations };
  const integrationId = await make('registerIntegration', integration, 'integration');
  await sql(product, 'agent', `insert into agent_mcp_tools (agent_id, name, input_schema) values ($1, 'greet', '{}')`, [
    agentId,
  ]);
  await report(integrationId);
  await use(integrationId);
  const contextId = await make('createContext', { name: unique('lists'), type: 'lists' }, 'context');
  await sql(product, 'context', `insert into context_erasures (id, subject_id, requested_by) values ($1, $1, $1)`, [
    unique('lists'),
  ]);
  wanted['Query.integrationOperations'] = `integrationId: "${integrationId}", `;
  parents['Integration'] = `integration(id: "${integrationId}")`;
  parents['Context'] = `context(id: "${contextId}")`;
  parents['Agent'] = `agent(id: "${agentId}")`;
  parents['Workflow'] = `workflow(id: "${workflowId}")`;
  parents['AgentExecution'] = await executionWithCall(agentId);
  parents['WorkflowExecution'] = await executionWithNotification();
  parents['WorkflowTrigger'] = await triggerThatFired(workflowId);
  parents['WorkflowApproval'] = await approvalOfOwner();
  await make('createBudget', { name: 'lists', scope: 'AGENT', subjectId: agentId, maxCalls: 1 }, 'budget');
  parents['WorkflowStepExecution'] = await executionOfItems();
  parents['User'] = `user(id: "${admin.id}")`;
  parents['NotificationTemplate'] = `notificationTemplate(id: "${templateId}")`;
});

/** An execution of an agent that has called something. */
async function executionWithCall(agentId: string): Promise<string> {
  const { execution } = await admin.graph.mutate<{ execution: { id: string } }>(EXECUTE_AGENT, {
    input: { agentId, input: {}, wait: true },
  });
  const insert = `insert into agent_execution_calls (id, execution_id, attempt, lease_token, kind, name) values ($1, $1, 1, '', 'TOOL', 'x')`;
  await sql(product, 'agent', insert, [execution.id]);
  return `agentExecution(id: "${execution.id}")`;
}

/** An execution that is undone, one of whose steps has sent a notification. */
async function executionWithNotification(): Promise<string> {
  const { executionId: id } = await stuckCompensation(admin.graph);
  const insert = `insert into workflow_step_notifications (execution_id, step_id, notification_id) values ($1, 'one', $1)`;
  await sql(product, 'workflow', insert, [id]);
  return `workflowExecution(id: "${id}")`;
}

async function triggerThatFired(workflowId: string): Promise<string> {
  const schedule = { workflowId, name: unique('lists'), kind: 'SCHEDULE', cron: '0 0 1 1 *' };
  const id = await make('createWorkflowTrigger', schedule, 'trigger');
  await admin.graph.mutate(
    'mutation ($id: ID!) { runWorkflowTrigger(input: { id: $id }) { __typename ... on MutationError { message } } }',
    { id },
  );
  return `workflowTrigger(id: "${id}")`;
}

/** Its approver was told. */
async function approvalOfOwner(): Promise<string> {
  const notify = { channels: ['IN_APP'] };
  const config = { message: "'lists'", approvers: { owner: true }, deadlineSeconds: 3_600, notify };
  const workflowId = await createWorkflow(admin.graph, { steps: [{ id: 'ask', stepType: 'APPROVAL', config }] });
  const executionId = await executeWorkflow(admin.graph, workflowId);
  const list = `pendingApprovals(first: 1, filter: { executionId: "${executionId}" })`;
  await until('the owner is told', async () => {
    const { pendingApprovals } = await admin.graph.query<{
      pendingApprovals: { nodes: { notifications: { totalCount: number } }[] };
    }>(`{ ${list} { nodes { notifications { totalCount } } } }`);
    return pendingApprovals.nodes[0]?.notifications.totalCount === 1;
  });
  // `read` looks for the list in what is called `steps`.
  return `${list} { steps: nodes`;
}

/** The steps of an execution one of which goes through two items. */
async function executionOfItems(): Promise<string> {
  const config = { items: '[1, 2]', steps: [transformStep('x', 'item')] };
  const workflowId = await createWorkflow(admin.graph, { steps: [{ id: 'each', stepType: 'FOR_EACH', config }] });
  const id = await executeWorkflow(admin.graph, workflowId);
  await executionEnds(admin.graph, id);
  return `workflowExecution(id: "${id}") { steps`;
}

/** A report of the service behind an integration. */
async function report(integrationId: string): Promise<void> {
  const secret = unique('secret');
  await make('configureInboundWebhooks', { id: integrationId, scheme: 'GITHUB', secret }, 'integration');
  const signature = `sha256=${createHmac('sha256', secret).update('{}').digest('hex')}`;
  const request = { method: 'POST', body: '{}', headers: { 'x-hub-signature-256': signature } };
  const { status } = await fetch(`${product.url}/services/integration/webhooks/${integrationId}`, request);
  expect(status).toBe(204);
}

/** Something that uses an integration, as the outbox of its domain tells. */
async function use(integrationId: string): Promise<void> {
  const uses = [{ integrationId, hasFallback: false }];
  const user = { id: unique('lists'), name: 'lists', ownerId: null, version: 1, uses };
  const { type, version, stream, ownerId, payload } = integrationUseChanged({ ...user, kind: 'NOTIFICATION_CHANNEL' });
  const insert = 'insert into outbox_events (type, version, stream, owner_id, payload) values ($1, $2, $3, $4, $5)';
  await sql(product, 'notification', insert, [type, version, stream, ownerId, payload]);
  const known = 'select 1 from integration_uses where integration_id = $1';
  await until('the use is known', async () => (await sql(product, 'integration', known, [integrationId])).length === 1);
}

/** Asks for one row of a list; an object that a new list belongs to needs an entry above. */
function read(list: string, after: string | null) {
  const [type, field] = list.split('.') as [string, string];
  const parent = parents[type];
  if (parent === undefined) throw new Error(`no way is known to the lists of ${type}`);
  const selection = `list: ${field}(${wanted[list] ?? ''}first: 1, after: $after) { edges { cursor } }`;
  const ends = parent.includes('{') ? '} }' : '}';
  return admin.graph.ask<{ list?: Page; parent?: Parent }>(
    `query ($after: String) { ${parent ? `parent: ${parent} { ${selection} ${ends}` : selection} }`,
    { after },
  );
}

/** An object with the list, or one with steps that have it. */
type Parent = { readonly list: Page } | { readonly steps: readonly { readonly list: Page }[] };

const listOf = (parent: Parent | undefined) => (parent && 'steps' in parent ? parent.steps[0] : parent)?.list;

interface Page {
  readonly edges: readonly { readonly cursor: string }[];
}

/** The gateway refuses what is too much at once. */
const AT_ONCE = 5;

/** `ask` of each list, a few at a time. */
async function ofEach<T>(ask: (list: string) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let from = 0; from < LISTS.length; from += AT_ONCE) {
    answers.push(...(await Promise.all(LISTS.slice(from, from + AT_ONCE).map(ask))));
  }
  return answers;
}

test('a cursor is good for the list that gave it, and for no other', async () => {
  expect(LISTS).toContain('Query.agents');
  const cursors = await ofEach(async (list) => {
    const { data, errors } = await read(list, null);
    expect([list, errors]).toEqual([list, []]);
    const [edge] = (data?.list ?? listOf(data?.parent))?.edges ?? [];
    expect([list, edge]).toEqual([list, { cursor: expect.any(String) }]);
    return { list, cursor: edge!.cursor };
  });
  for (const { list, cursor } of cursors) {
    const answers = await ofEach(async (other) => {
      const { errors } = await read(other, cursor);
      return [list, other, errors.map(({ message, extensions }) => `${extensions?.code} ${message}`)];
    });
    const refusal = 'BAD_USER_INPUT after: is not a cursor of this list; use a `cursor` or `endCursor` as it was given';
    expect(answers).toEqual(LISTS.map((other) => [list, other, other === list ? [] : [refusal]]));
  }
});
