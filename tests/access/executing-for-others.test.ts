import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  createWorkflow,
  EXECUTE_AGENT,
  EXECUTE_WORKFLOW,
  executeWorkflow,
  executionEnds,
  agentStep,
  registerAgent,
  showExecution,
  transformStep,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let owner: TestUser;
let agentId: string;
let workflowId: string;

beforeAll(async () => {
  owner = await makeUser(product);
  agentId = await registerAgent(owner.graph);
  workflowId = await createWorkflow(owner.graph, { type: 'SEQUENTIAL', steps: [transformStep('one', '1')] });
  await owner.graph.mutate('mutation ($id: ID!) { activateWorkflow(input: { id: $id }) { __typename } }', {
    id: workflowId,
  });
});

async function holderOf(scopes: readonly string[]): Promise<TestUser> {
  const { graph } = await administrator(product);
  const name = unique('role');
  await graph.mutate('mutation ($input: CreateRoleInput!) { createRole(input: $input) { __typename } }', {
    input: { name, scopes },
  });
  return makeUser(product, { roles: ['member', name] });
}

const outcomeOf = async (who: TestUser, operation: string, input: object) => {
  const { data, errors } = await who.graph.ask<Record<string, { __typename: string }>>(operation, { input });
  const [answer] = Object.values(data ?? {});
  return answer?.__typename ?? `${errors[0]?.extensions?.code}: ${errors[0]?.message}`;
};

describe.each<[string, string[], string, string]>([
  ['a member', [], 'NotFoundError', 'NotFoundError'],
  [
    'who sees everything',
    ['agent:read-any', 'workflow:read-any'],
    'FORBIDDEN: This agent belongs to somebody else: giving it work needs agent:execute-any.',
    'FORBIDDEN: This workflow belongs to somebody else: executing it needs workflow:execute-any.',
  ],
  [
    'who may execute everything, and sees nothing',
    ['agent:execute-any', 'workflow:execute-any'],
    'NotFoundError',
    'NotFoundError',
  ],
  [
    'who sees and may execute everything',
    ['agent:read-any', 'agent:execute-any', 'workflow:read-any', 'workflow:execute-any'],
    'ExecuteAgentSuccess',
    'ExecuteWorkflowSuccess',
  ],
])('%s', (_who, scopes, agents, workflows) => {
  test('gives work to an agent of somebody else, or not', async () => {
    expect(await outcomeOf(await holderOf(scopes), EXECUTE_AGENT, { agentId })).toBe(agents);
  });

  test('runs a workflow of somebody else, or not', async () => {
    expect(await outcomeOf(await holderOf(scopes), EXECUTE_WORKFLOW, { workflowId })).toBe(workflows);
  });
});

test.each([
  [['agent:read-any'], 'FAILED'],
  [['agent:read-any', 'agent:execute-any'], 'COMPLETED'],
])('a step that names an agent of somebody else, started with %j, is %s', async (scopes, status) => {
  const who = await holderOf(scopes);
  const steps = [agentStep('call', agentId)];
  const own = await createWorkflow(who.graph, { type: 'SEQUENTIAL', steps });
  const id = await executeWorkflow(who.graph, own);
  await executionEnds(who.graph, id);
  expect((await showExecution(who.graph, id)).status).toBe(status);
});
