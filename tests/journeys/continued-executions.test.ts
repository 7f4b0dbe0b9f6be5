import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import {
  agentStep,
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionIs,
  registerAgent,
  showExecution,
  transformStep,
} from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import type { ProductAddress } from '../harness/test-config.ts';
import { startTopology } from '../harness/topology.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

/** Longer than processes take to learn of renewed rights. */
const WAIT_SECONDS = 2;

const mutate = (user: GraphClient, name: string, input: object) =>
  user.mutate<{ __typename: string; [field: string]: unknown }>(
    `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`,
    { input },
  );

async function createContext(user: GraphClient, data: object): Promise<string> {
  const { context } = await user.mutate<{ context: { id: string } }>(
    `mutation ($input: CreateContextInput!) {
      createContext(input: $input) { __typename ... on CreateContextSuccess { context { id } } }
    }`,
    { input: { name: unique('context'), type: 'customer', layers: [{ layerType: 'facts', data }] } },
  );
  return context.id;
}

async function createRole(admin: GraphClient, scopes: readonly string[]): Promise<{ id: string; name: string }> {
  const { role } = await admin.mutate<{ role: { id: string; name: string } }>(
    `mutation ($input: CreateRoleInput!) {
      createRole(input: $input) { __typename ... on CreateRoleSuccess { role { id name } } }
    }`,
    { input: { name: unique('squad'), scopes } },
  );
  return role;
}

describe.each([
  ['in one process', () => Promise.resolve({ ...sharedProduct(), stop: () => Promise.resolve() })],
  ['in a process of each', () => startTopology({ domains: ['auth', 'agent', 'context', 'workflow'] })],
] as const)('an execution is continued, %s:', (_topology, start) => {
  let product: ProductAddress & { readonly stop: () => Promise<void> };
  let admin: GraphClient;
  let owner: TestUser;
  beforeAll(async () => {
    product = await start();
    admin = (await administrator(product)).graph;
    owner = await makeUser(product);
  }, 120_000);
  afterAll(() => product.stop(), 60_000);

  /** A context of somebody else that is shared with a role, and a user who has it. */
  async function sharedWithRole() {
    const [contextId, role, starter] = [
      await createContext(owner.graph, { n: 1 }),
      await createRole(admin, ['context:read']),
      await makeUser(product),
    ];
    await mutate(owner.graph, 'shareContext', { id: contextId, kind: 'ROLE', granteeId: role.id, access: 'READ' });
    const sees = async () => {
      const query = 'query ($id: ID!) { context(id: $id) { id } }';
      const { context } = await starter.graph.query<{ context: object | null }>(query, { id: contextId });
      return context !== null;
    };
    const setRole = async (held: boolean) => {
      await mutate(admin, held ? 'assignRole' : 'revokeRole', { userId: starter.id, role: role.name });
      await until(`the role is ${held ? 'held' : 'gone'}`, async () => (await sees()) === held);
    };
    await setRole(true);
    return { contextId, starter, setRole };
  }

  /** Reads what is shared, waits, and reads it again. */
  const readTwice = [
    transformStep('first', 'memory.n'),
    delayStep('wait', WAIT_SECONDS, { dependencies: ['first'] }),
    transformStep('second', 'memory.n + 1', { dependencies: ['wait'] }),
  ];

  /** Paused after it has read the context: the process that did that knows what the execution may do. */
  async function pausedAfterReading(starter: TestUser, contextId: string): Promise<string> {
    const workflowId = await createWorkflow(starter.graph, { steps: readTwice });
    const id = await executeWorkflow(starter.graph, workflowId, { contextId });
    await until('it has read', async () => {
      const { steps } = await showExecution(starter.graph, id);
      return steps[0]!.status === 'COMPLETED' && steps[1]!.status === 'WAITING';
    });
    expect(await mutate(starter.graph, 'pauseWorkflowExecution', { id })).toEqual({
      __typename: 'PauseWorkflowExecutionSuccess',
    });
    return id;
  }

  const resume = async (who: GraphClient, id: string) =>
    (await mutate(who, 'resumeWorkflowExecution', { id })).__typename;
  const retry = async (who: GraphClient, id: string) =>
    (await mutate(who, 'retryWorkflowExecution', { id })).__typename;
  const failure = async (who: TestUser, id: string) => (await executionIs(who.graph, id, ['FAILED'])).error?.code;
  const RESUMED = 'ResumeWorkflowExecutionSuccess';
  const RETRIED = 'RetryWorkflowExecutionSuccess';

  test('by its starter, whose role is still there: it goes on', async () => {
    const { contextId, starter } = await sharedWithRole();
    const id = await pausedAfterReading(starter, contextId);
    expect(await resume(starter.graph, id)).toBe(RESUMED);
    expect((await executionIs(starter.graph, id, ['COMPLETED'])).result).toBe(2);
  });

  test('by its starter, whose role was taken away while it was paused: it reads no more', async () => {
    const { contextId, starter, setRole } = await sharedWithRole();
    const id = await pausedAfterReading(starter, contextId);
    await setRole(false);
    expect(await resume(starter.graph, id)).toBe(RESUMED);
    expect(await failure(starter, id)).toBe('CONTEXT_NOT_FOUND');
    // With the role again, whoever continues it has the right again.
    await setRole(true);
    expect(await retry(starter.graph, id)).toBe(RETRIED);
    expect((await executionIs(starter.graph, id, ['COMPLETED'])).result).toBe(2);
  });

  test('by an administrator without the role: it uses no right that they do not have, until its starter continues it', async () => {
    const { contextId, starter } = await sharedWithRole();
    const id = await pausedAfterReading(starter, contextId);
    expect(await resume(admin, id)).toBe(RESUMED);
    expect(await failure(starter, id)).toBe('CONTEXT_NOT_FOUND');
    expect(await retry(starter.graph, id)).toBe(RETRIED);
    expect((await executionIs(starter.graph, id, ['COMPLETED'])).result).toBe(2);
  });

  test('by an administrator, who may read every context: it gets no right that its starter did not have', async () => {
    const { contextId, starter, setRole } = await sharedWithRole();
    const id = await pausedAfterReading(starter, contextId);
    await setRole(false);
    for (const continued of [() => resume(admin, id), () => retry(admin, id), () => retry(starter.graph, id)]) {
      expect(await continued()).toMatch(/Success$/);
      expect(await failure(starter, id)).toBe('CONTEXT_NOT_FOUND');
    }
  });

  test('by an administrator, who may execute every agent: it calls none that its starter could not', async () => {
    const agentId = await registerAgent(owner.graph);
    // They see the agent of somebody else, and may not execute it.
    const { name } = await createRole(admin, ['agent:read-any']);
    const starter = await makeUser(product, { roles: ['member', name] });
    const workflowId = await createWorkflow(starter.graph, {
      steps: [delayStep('wait', WAIT_SECONDS), agentStep('ask', agentId, { dependencies: ['wait'] })],
    });
    const id = await executeWorkflow(starter.graph, workflowId);
    await until('it waits', async () => (await showExecution(starter.graph, id)).steps[0]!.status === 'WAITING');
    await mutate(starter.graph, 'pauseWorkflowExecution', { id });
    for (const continued of [() => resume(admin, id), () => retry(admin, id)]) {
      expect(await continued()).toMatch(/Success$/);
      expect(await failure(starter, id)).toBe('FORBIDDEN');
    }
    const { agentExecutions } = await admin.query<{ agentExecutions: { totalCount: number } }>(
      'query ($agentId: ID!) { agentExecutions(filter: { agentId: $agentId }) { totalCount } }',
      { agentId },
    );
    expect(agentExecutions.totalCount).toBe(0);
  });

  test('by an administrator, while it is not paused: that is refused, and takes no right away', async () => {
    const { contextId, starter } = await sharedWithRole();
    const workflowId = await createWorkflow(starter.graph, { steps: readTwice });
    const id = await executeWorkflow(starter.graph, workflowId, { contextId });
    expect(await resume(admin, id)).not.toBe(RESUMED);
    expect(await retry(admin, id)).not.toBe(RETRIED);
    expect((await executionIs(starter.graph, id, ['COMPLETED'])).result).toBe(2);
  });
});
