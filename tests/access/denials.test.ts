import { until } from '@flowmesh/platform/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { snapshot, sql, type Snapshot } from '../harness/databases.ts';
import { stuckCompensation } from '../harness/compensations.ts';
import {
  createWorkflow,
  delayStep,
  echoAgent,
  executeAgent,
  executeWorkflow,
  executionEnds,
  executionIs,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { GraphFailure, graph, type GraphClient, type GraphError } from '../harness/graph.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { makeUser, unique } from '../harness/users.ts';
import type { Belongings, Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { rootFields } from './root-fields.ts';

let product: Product;
let belongings: Belongings;
let people: Record<'anonymous' | 'nobody' | 'observer' | 'stranger' | 'machine', GraphClient>;

beforeAll(async () => {
  // A product of its own: nothing else may write while the tables are compared.
  product = await startProduct();
  const [owner, nobody, observer, stranger] = await Promise.all([
    makeUser(product),
    makeUser(product, { roles: [] }),
    makeUser(product, { roles: ['observer'] }),
    makeUser(product),
  ]);
  people = {
    anonymous: graph(product).anonymous,
    nobody: nobody.graph,
    observer: observer.graph,
    stranger: stranger.graph,
    machine: graph(product).as({ accessToken: await agentReader(owner.graph) }),
  };
  const agentId = await registerAgent(owner.graph, echoAgent());
  const { id: agentExecutionId } = await executeAgent(owner.graph, agentId, { input: {}, wait: true });
  const workflowId = await createWorkflow(owner.graph, {
    type: 'CONDITIONAL',
    steps: [
      transformStep('first', '1'),
      delayStep('pause', 86_400, { dependencies: ['first'], condition: 'input.wait == true' }),
    ],
  });
  const execute = (input: object) => executeWorkflow(owner.graph, workflowId, { input });
  const completedExecutionId = await execute({ wait: false });
  const waitingExecutionId = await execute({ wait: true });
  const pausedExecutionId = await execute({ wait: true });
  await executionEnds(owner.graph, completedExecutionId);
  for (const id of [waitingExecutionId, pausedExecutionId]) await executionIs(owner.graph, id, ['WAITING']);
  await owner.graph.mutate('mutation Pause($id: ID!) { pauseWorkflowExecution(input: { id: $id }) { __typename } }', {
    id: pausedExecutionId,
  });
  await executionIs(owner.graph, pausedExecutionId, ['PAUSED']);
  const sessions = await owner.graph.query<{ sessions: { nodes: { id: string }[] } }>('{ sessions { nodes { id } } }');
  belongings = {
    ownerId: owner.id,
    ownerSessionId: sessions.sessions.nodes[0]!.id,
    agentId,
    agentExecutionId,
    budgetId: await budgetOf(owner.graph, agentId),
    workflowId,
    workflowTemplateId: await workflowTemplate(product, owner.id),
    completedExecutionId,
    compensationId: (await stuckCompensation(owner.graph)).compensationId,
    waitingExecutionId,
    pausedExecutionId,
    workflowTriggerId: await workflowTrigger(owner.graph, workflowId),
    notificationId: await scheduledNotification(product, owner.id),
    templateId: await privateTemplate(product, owner.id),
    ...(await privateIntegration(product, owner.id)),
    inboxItemId: await inboxItem(product, owner.id),
    ...(await contextWithLayer(owner.graph)),
  };
  // Statistics are summed up in the background.
  await until('statistics are summed up', async () => {
    const changes = await sql(product, 'workflow', 'select from workflow_stats_changes limit 1');
    return changes.length === 0;
  });
});

async function budgetOf(owner: GraphClient, agentId: string): Promise<string> {
  const { budget } = await owner.mutate<{ budget: { id: string } }>(
    `mutation ($input: CreateBudgetInput!) {
      createBudget(input: $input) { __typename ... on CreateBudgetSuccess { budget { id } } }
    }`,
    { input: { name: 'Private', scope: 'AGENT', subjectId: agentId, maxCalls: 10 } },
  );
  return budget.id;
}

/** An API key of the owner of everything, which may see agents. */
async function agentReader(owner: GraphClient): Promise<string> {
  const { key } = await owner.mutate<{ key: string }>(
    `mutation ($input: CreateApiKeyInput!) {
      createApiKey(input: $input) { __typename ... on CreateApiKeySuccess { key } }
    }`,
    { input: { name: 'reader', scopes: ['agent:read'] } },
  );
  return key;
}

async function workflowTrigger(owner: GraphClient, workflowId: string): Promise<string> {
  const { trigger } = await owner.mutate<{ trigger: { id: string } }>(
    `mutation ($input: CreateWorkflowTriggerInput!) {
      createWorkflowTrigger(input: $input) { __typename ... on CreateWorkflowTriggerSuccess { trigger { id } } }
    }`,
    { input: { workflowId, name: unique('trigger'), kind: 'SCHEDULE', cron: '0 0 1 1 *' } },
  );
  return trigger.id;
}

async function contextWithLayer(owner: GraphClient): Promise<Pick<Belongings, 'contextId' | 'contextLayerId'>> {
  const { context } = await owner.mutate<{ context: { id: string; layers: { id: string }[] } }>(
    `mutation ($input: CreateContextInput!) {
      createContext(input: $input) { __typename ... on CreateContextSuccess { context { id layers { id } } } }
    }`,
    { input: { name: unique('context'), type: 'private', layers: [{ layerType: 'free', data: { secret: 1 } }] } },
  );
  return { contextId: context.id, contextLayerId: context.layers[0]!.id };
}

/** A notification of somebody that waits for next year. */
async function scheduledNotification(product: Product, userId: string): Promise<string> {
  const id = unique('notification');
  await sql(
    product,
    'notification',
    `insert into notifications (id, user_id, sender_id, channel, recipient, content, status, available_at)
     values ($1, $2, $2, 'IN_APP', $2, 'Later', 'SCHEDULED', now() + interval '1 year')`,
    [id, userId],
  );
  return id;
}

async function workflowTemplate(product: Product, userId: string): Promise<string> {
  const id = unique('template');
  await sql(
    product,
    'workflow',
    `insert into workflow_templates (id, owner_id, name, parameters, roles, definition)
     values ($1, $2, $1, '{"type": "object"}', '[]', '{"type": "PARALLEL", "config": {}, "steps": []}')`,
    [id, userId],
  );
  return id;
}

async function privateTemplate(product: Product, userId: string): Promise<string> {
  const id = unique('template');
  await sql(
    product,
    'notification',
    `insert into templates (id, owner_id, name, channel, kind, content_template)
     values ($1, $2, $1, 'IN_APP', 'MESSAGE', 'Hello')`,
    [id, userId],
  );
  return id;
}

async function privateIntegration(
  product: Product,
  userId: string,
): Promise<Pick<Belongings, 'integrationId' | 'inboundWebhookId'>> {
  const id = unique('integration');
  await sql(
    product,
    'integration',
    `insert into integrations (id, owner_id, name, type, configuration, policy)
     values ($1, $2, $1, 'HTTP', '{"baseUrl": "https://example.org"}', '{}')`,
    [id, userId],
  );
  await sql(
    product,
    'integration',
    `insert into inbound_webhooks (id, integration_id, delivery_id, body) values ($1, $1, 'one', '{}')`,
    [id],
  );
  return { integrationId: id, inboundWebhookId: id };
}

async function inboxItem(product: Product, userId: string): Promise<string> {
  const id = unique('item');
  await sql(
    product,
    'notification',
    'insert into inbox_items (notification_id, user_id, content) values ($1, $2, $3)',
    [id, userId, 'Hello'],
  );
  return id;
}

afterAll(() => product?.stop());

/** What an operation gave: data of its root field, and the codes of its errors. */
interface Outcome {
  readonly data: unknown;
  readonly codes: readonly (string | undefined)[];
}

/** The one root field; of a connection its nodes. */
function rootValue(data: Record<string, unknown> | null | undefined): unknown {
  const value = data ? Object.values(data)[0] : null;
  return typeof value === 'object' && value !== null && 'nodes' in value ? value.nodes : value;
}

async function attempt(who: GraphClient, { document, variables }: Operation): Promise<Outcome> {
  const given = variables?.(belongings) ?? {};
  const codes = (errors: readonly GraphError[]) => errors.map(({ extensions }) => extensions?.code);
  if (!document.startsWith('subscription')) {
    const { data, errors } = await who.ask<Record<string, unknown>>(document, given);
    return { data: rootValue(data), codes: codes(errors) };
  }
  const messages = who.subscribe<Record<string, unknown>>(document, given);
  try {
    const data = await messages.next();
    return { data: rootValue(data), codes: [] };
  } catch (error) {
    if (!(error instanceof GraphFailure)) throw error;
    return { data: null, codes: error.codes };
  } finally {
    messages.close();
  }
}

async function withoutTrace(action: () => Promise<Outcome>): Promise<Outcome> {
  const before: Snapshot = await snapshot(product);
  const outcome = await action();
  expect(await snapshot(product)).toEqual(before);
  return outcome;
}

const entries = Object.entries(OPERATIONS);
const which = (...allowed: Operation['allowed'][]) =>
  entries.filter(([, operation]) => allowed.includes(operation.allowed));
const not = (...allowed: Operation['allowed'][]) =>
  entries.filter(([, operation]) => !allowed.includes(operation.allowed));

test('every operation of the supergraph is in the table', () => {
  expect(Object.keys(OPERATIONS).sort()).toEqual(rootFields());
});

test.each(not('public'))('%s refuses somebody who is not signed in', async (_name, operation) => {
  const outcome = await withoutTrace(() => attempt(people.anonymous, operation));
  expect(outcome).toEqual({ data: null, codes: ['UNAUTHENTICATED'] });
});

test.each(not('public', 'signed in'))('%s refuses somebody without a role', async (_name, operation) => {
  const outcome = await withoutTrace(() => attempt(people.nobody, operation));
  expect(outcome).toEqual({ data: null, codes: ['FORBIDDEN'] });
});

test.each(which('members', 'administrators'))('%s refuses an observer', async (_name, operation) => {
  const outcome = await withoutTrace(() => attempt(people.observer, operation));
  expect(outcome).toEqual({ data: null, codes: ['FORBIDDEN'] });
});

/** What `agent:read` is for. */
const READS_AGENTS = /^(Query|Subscription)\.(agent|discoverAgents|budget|spend)/;

test.each(not('public').filter(([name]) => !READS_AGENTS.test(name)))(
  '%s refuses an API key that may see agents, though its owner may use it',
  async (_name, operation) => {
    const outcome = await withoutTrace(() => attempt(people.machine, operation));
    expect(outcome).toEqual({ data: null, codes: ['FORBIDDEN'] });
  },
);

test.each(entries.filter(([name]) => READS_AGENTS.test(name)))(
  '%s lets in an API key that may see agents',
  async (_name, operation) => {
    expect((await attempt(people.machine, operation)).codes).toEqual([]);
  },
);

const FOR_OTHERS: Readonly<Record<Exclude<Operation['others'], 'own business'>, unknown>> = {
  null: { data: null, codes: [] },
  'no figures': { data: { totalExecutions: 0 }, codes: [] },
  'nothing spent': { data: { groupCount: 0 }, codes: [] },
  empty: { data: [], codes: [] },
  'not found': { data: { __typename: 'NotFoundError', code: 'NOT_FOUND' }, codes: [] },
  forbidden: { data: null, codes: ['FORBIDDEN'] },
  'refused one by one': { data: { accepted: 0, results: [{ error: { code: 'INVALID_INPUT' } }] }, codes: [] },
  'not found one by one': { data: { accepted: 0, results: [{ error: { code: 'NOT_FOUND' } }] }, codes: [] },
  'nothing selected': { data: { selected: 0 }, codes: [] },
  'nothing to retry': { data: { retried: 0 }, codes: [] },
  'invalid input': { data: { __typename: 'InvalidInputError', code: 'INVALID_INPUT' }, codes: [] },
  'bad input': { data: null, codes: ['BAD_USER_INPUT'] },
  'unknown agent': { data: expect.objectContaining({ problems: [{ code: 'UNKNOWN_AGENT' }] }), codes: [] },
};

describe('objects of somebody else', () => {
  test.each(entries.filter(([, { others }]) => others !== 'own business'))(
    '%s keeps them from another member',
    async (_name, operation) => {
      const outcome = await withoutTrace(() => attempt(people.stranger, operation));
      expect(outcome).toEqual(FOR_OTHERS[operation.others as keyof typeof FOR_OTHERS]);
    },
  );

  test.each(['Subscription.agentEvents', 'Subscription.workflowExecutionEvents', 'Subscription.notificationEvents'])(
    '%s begins for another member, but tells nothing of them',
    async (name) => {
      const outcome = await withoutTrace(() => attempt(people.stranger, OPERATIONS[name]!));
      expect(outcome.codes).toEqual([]);
      expect(JSON.stringify(outcome.data)).not.toContain(belongings.agentId);
    },
  );
});

test('a guess at what is public begins no session and changes no user', async () => {
  const outcomes: Record<string, Outcome> = {};
  // Registering is no guess: it makes a user, who waits for a confirmed address.
  for (const [name, operation] of which('public').filter(([each]) => each !== 'Mutation.register')) {
    const before = await snapshot(product);
    outcomes[name] = await attempt(people.anonymous, operation);
    const after = await snapshot(product);
    expect(after['auth.sessions']).toBe(before['auth.sessions']);
    expect(after['auth.users']).toBe(before['auth.users']);
  }
  const failed = (__typename: string, code: string) => ({ data: { __typename, code }, codes: [] });
  expect(outcomes).toMatchObject({
    'Mutation.login': failed('InvalidCredentialsError', 'INVALID_CREDENTIALS'),
    'Mutation.completeMfaLogin': failed('InvalidMfaChallengeError', 'INVALID_MFA_CHALLENGE'),
    'Mutation.refreshToken': failed('InvalidRefreshTokenError', 'INVALID_REFRESH_TOKEN'),
    'Query.validateToken': { data: { active: false }, codes: [] },
  });
});
