import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorkflow, executeWorkflow, executionEnds, executionIs, transformStep } from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser } from '../harness/users.ts';

let topology: Topology;
beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'agent', 'workflow'] });
}, 120_000);
afterAll(() => topology?.stop());

const SIGNAL = `mutation Signal($input: SignalWorkflowExecutionInput!) {
  signalWorkflowExecution(input: $input) { __typename }
}`;

test('workers are killed while executions wait: signals sent meanwhile are taken, each once', async () => {
  const user = await makeUser(topology);
  const workflowId = await createWorkflow(user.graph, {
    steps: [
      { id: 'a', stepType: 'WAIT_FOR_EVENT', config: { event: 'go', timeoutSeconds: 600 } },
      { id: 'b', stepType: 'WAIT_FOR_EVENT', config: { event: 'go', timeoutSeconds: 600 } },
      transformStep('both', '[steps.a.result.payload, steps.b.result.payload]'),
    ],
  });
  const ids = await Promise.all(Array.from({ length: 10 }, () => executeWorkflow(user.graph, workflowId)));
  await Promise.all(ids.map((id) => executionIs(user.graph, id, ['WAITING'])));
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  const send = (executionId: string, payload: number) =>
    user.graph.mutate<{ __typename: string }>(SIGNAL, { input: { executionId, name: 'go', payload } });
  for (const payload of [1, 2, 3]) {
    const answers = await Promise.all(ids.map((id) => send(id, payload)));
    expect(answers.map(({ __typename }) => __typename)).toEqual(ids.map(() => 'SignalWorkflowExecutionSuccess'));
  }
  await topology.startWorker('workflow');
  for (const id of ids) {
    expect(await executionEnds(user.graph, id, 60_000)).toMatchObject({ status: 'COMPLETED', result: [1, 2] });
  }
}, 240_000);
