import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  agentStep,
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionEnds,
  registerAgent,
} from '../harness/fixtures.ts';
import { sharedProduct } from '../harness/product.ts';
import type { ProductAddress } from '../harness/test-config.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const JOINED = `
  id status
  startedBy { id username }
  workflow { owner { username } }
  steps {
    id status result
    agent { id name owner { id username } }
    agentExecution { status output agent { id } startedBy { username } }
  }
`;

interface Joined {
  readonly id: string;
  readonly status: string;
  readonly steps: readonly { readonly id: string; readonly status: string }[];
}

async function prepare(owner: TestUser) {
  const agentId = await registerAgent(owner.graph);
  const workflowId = await createWorkflow(owner.graph, {
    steps: [delayStep('wait', 1), agentStep('think', agentId, { config: { input: '{"thought": input.word}' } })],
  });
  return { agentId, executionId: await executeWorkflow(owner.graph, workflowId, { input: { word: 'join' } }) };
}

function joined(owner: TestUser, agentId: string, executionId: string) {
  const { id, username } = owner;
  return {
    id: executionId,
    status: 'COMPLETED',
    startedBy: { id, username },
    workflow: { owner: { username } },
    steps: [
      { id: 'wait', status: 'COMPLETED', result: null, agent: null, agentExecution: null },
      {
        id: 'think',
        status: 'COMPLETED',
        result: { thought: 'join' },
        agent: { id: agentId, name: expect.stringContaining('echo-'), owner: { id, username } },
        agentExecution: {
          status: 'COMPLETED',
          output: { thought: 'join' },
          agent: { id: agentId },
          startedBy: { username },
        },
      },
    ],
  };
}

function joinTests(product: () => ProductAddress) {
  let owner: TestUser;
  beforeAll(async () => {
    owner = await makeUser(product());
  });

  test('a query joins execution, steps, agent and owner', async () => {
    const { agentId, executionId } = await prepare(owner);
    await executionEnds(owner.graph, executionId);
    const data = await owner.graph.query(`query Join($id: ID!) { workflowExecution(id: $id) { ${JOINED} } }`, {
      id: executionId,
    });
    expect(data).toEqual({ workflowExecution: joined(owner, agentId, executionId) });
  });

  test('a subscription joins them in each message', async () => {
    const { agentId, executionId } = await prepare(owner);
    const messages = owner.graph.subscribe<{ workflowExecutionUpdates: { type: string | null; execution: Joined } }>(
      `subscription Join($id: ID!) { workflowExecutionUpdates(id: $id) { type execution { ${JOINED} } } }`,
      { id: executionId },
    );
    const seen = [];
    for await (const { workflowExecutionUpdates } of messages) seen.push(workflowExecutionUpdates);
    messages.close();
    const expected = joined(owner, agentId, executionId);
    expect(seen[0]?.type).toBeNull();
    expect(seen[0]?.execution.steps[1]).toMatchObject({ agent: expected.steps[1]!.agent });
    expect(seen.at(-1)).toEqual({ type: 'EXECUTION_COMPLETED', execution: expected });
  });
}

describe('in one process', () => {
  joinTests(sharedProduct);
});

describe('with each subgraph a process', () => {
  let topology: Topology;
  beforeAll(async () => {
    topology = await startTopology({ domains: ['auth', 'agent', 'workflow'] });
  }, 120_000);
  afterAll(() => topology?.stop());
  joinTests(() => topology);
});
