import { afterAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { answerChat } from '../harness/chat-double.ts';
import { sql } from '../harness/databases.ts';
import { agentStep, createWorkflow, executeWorkflow, executionEnds } from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { llmAgent, modelServer, stopModelServers } from '../harness/llm.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser } from '../harness/users.ts';

const product = sharedProduct();
afterAll(stopModelServers);

const PRICES = { inputCostPerMillionTokens: 1_000, outputCostPerMillionTokens: 2_000 };
/** Of one answer of the model: 10 tokens in, 2 out. */
const COST = 0.014;

interface Stats {
  readonly costUsd: number;
  readonly perDay: readonly { readonly day: string; readonly costUsd: number }[];
  readonly slowestSteps: readonly { readonly stepId: string; readonly costUsd: number }[];
}
const statsOf = async (graph: GraphClient, id: string) =>
  (
    await graph.query<{ workflow: { stats: Stats } }>(
      `query ($id: ID!) { workflow(id: $id) {
        stats(days: 2) { costUsd perDay { day costUsd } slowestSteps { stepId costUsd } }
      } }`,
      { id },
    )
  ).workflow.stats;

const costs = (graph: GraphClient, id: string, calls: number) =>
  until(`${calls} calls are counted`, async () => {
    const stats = await statsOf(graph, id);
    return Math.abs(stats.costUsd - calls * COST) < 1e-9 ? stats : null;
  });

test('what agents cost is in the figures: each attempt, each run, and after all of it was removed', async () => {
  const { graph } = await makeUser(product);
  const model = await modelServer((call, response) =>
    // The first attempt of the second step gets no good answer, although it is asked twice.
    answerChat(response, [call.body.includes('sum up') && model.calls.length < 4 ? 'Hm.' : '{"n": 1}']),
  );
  const agent = (systemPrompt: string) =>
    llmAgent(graph, model.url, {
      llm: { ...PRICES, systemPrompt },
      outputSchema: { type: 'object', required: ['n'] },
    });
  const [one, two] = [await agent('look'), await agent('sum up')];
  const workflowId = await createWorkflow(graph, {
    type: 'SEQUENTIAL',
    steps: [agentStep('one', one), agentStep('two', two, { retryCount: 2 })],
  });
  const executionId = await executeWorkflow(graph, workflowId);
  await executionEnds(graph, executionId);
  const calls = model.calls.length;
  expect(calls).toBeGreaterThan(2);
  const first = await costs(graph, workflowId, calls);
  const today = new Date().toISOString().slice(0, 10);
  expect(first.perDay.at(-1)).toEqual({ day: today, costUsd: first.costUsd });

  // Money is spent again when the execution is run again.
  await graph.mutate(
    `mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id, fromStep: "two" }) { __typename ... on MutationError { message } } }`,
    { id: executionId },
  );
  await until('it was asked again', () => model.calls.length > calls);
  await executionEnds(graph, executionId);
  const again = await costs(graph, workflowId, model.calls.length);
  const byStep = Object.fromEntries(again.slowestSteps.map(({ stepId, costUsd }) => [stepId, costUsd]));
  expect(byStep).toEqual({ one: COST, two: expect.closeTo((model.calls.length - 1) * COST, 9) });

  await sql(product, 'agent', 'delete from agent_executions where workflow_id = $1', [workflowId]);
  await sql(product, 'workflow', 'delete from workflow_executions where workflow_id = $1', [workflowId]);
  expect(await statsOf(graph, workflowId)).toEqual(again);
});
