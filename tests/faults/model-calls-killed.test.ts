import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { answerChat, beginEvents, chatChunk } from '../harness/chat-double.ts';
import { showAgentExecution } from '../harness/fixtures.ts';
import { callsOf, execute, llmAgent, modelServer, stopModelServers } from '../harness/llm.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser } from '../harness/users.ts';

/** Leases run out within ten seconds; then somebody else begins again. */
const PATIENCE = { timeoutMs: 60_000, everyMs: 100 };

let topology: Topology;
beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'agent'] });
}, 120_000);
afterAll(async () => {
  await stopModelServers();
  await topology?.stop();
});

test('a call whose process is killed stays known, and what was reserved for it is free again', async () => {
  const { graph } = await makeUser(topology);
  const model = await modelServer((_call, response) => {
    if (model.calls.length > 1) return answerChat(response, ['Done.']);
    return beginEvents(response)(chatChunk({ role: 'assistant', content: 'Well' }));
  });
  const agentId = await llmAgent(graph, model.url, { llm: { maxOutputTokens: 100, systemPrompt: null } });
  const { budget } = await graph.mutate<{ budget: { id: string } }>(
    `mutation Create($input: CreateBudgetInput!) {
      createBudget(input: $input) { __typename ... on CreateBudgetSuccess { budget { id } } }
    }`,
    // Enough for one call at a time.
    { input: { name: 'Limit', scope: 'AGENT', subjectId: agentId, maxTokens: 250, maxCalls: 2 } },
  );
  const { id } = await execute(graph, agentId, { wait: false });
  await until('the model speaks', () => model.calls.length === 1, PATIENCE);
  await until('the call is known', async () => (await callsOf(graph, id))[0]?.status === 'RUNNING', PATIENCE);
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  await topology.startWorker('agent');
  await until('it is done', async () => (await showAgentExecution(graph, id)).status === 'COMPLETED', PATIENCE);
  expect((await callsOf(graph, id)).map(({ status, attempt }) => [status, attempt])).toEqual([
    ['INTERRUPTED', 1],
    ['COMPLETED', 1],
  ]);
  const seen = await graph.query(
    `query Standing($id: ID!) { budget(id: $id) { standing { used { calls tokens } reserved { calls tokens } } } }`,
    { id: budget.id },
  );
  expect(seen).toEqual({ budget: { standing: { used: { calls: 1, tokens: 13 }, reserved: { calls: 1, tokens: 0 } } } });
  // Both calls were made.
  expect(await execute(graph, agentId)).toMatchObject({ status: 'FAILED', error: { code: 'BUDGET_EXCEEDED' } });
  expect(model.calls).toHaveLength(2);
}, 240_000);
