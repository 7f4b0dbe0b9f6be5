import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { answerChat, answerToolCalls, beginEvents, chatChunk } from '../harness/chat-double.ts';
import { sql } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  executeAgent,
  executeWorkflow,
  executionEnds,
  showAgentExecution,
} from '../harness/fixtures.ts';
import type { GraphClient } from '../harness/graph.ts';
import { createContext, execute, llmAgent, modelServer, stopModelServers } from '../harness/llm.ts';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});
afterAll(stopModelServers);

const USAGE = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };

const CREATE = `mutation Create($input: CreateBudgetInput!) {
  createBudget(input: $input) {
    __typename
    ... on CreateBudgetSuccess { budget { id period version } }
    ... on InvalidInputError { fields { path message } }
    ... on MutationError { code }
  }
}`;

interface Created {
  readonly __typename: string;
  readonly budget?: { readonly id: string; readonly period: string; readonly version: number };
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

const tryBudget = (graph: GraphClient, input: object) =>
  graph.mutate<Created>(CREATE, { input: { name: 'Limit', ...input } });

async function budgetOf(graph: GraphClient, input: object): Promise<string> {
  const result = await tryBudget(graph, input);
  if (!result.budget) throw new Error(JSON.stringify(result));
  return result.budget.id;
}

interface Use {
  readonly tokens: number;
  readonly costUsd: number;
  readonly calls: number;
}

async function standing(graph: GraphClient, id: string, runId: string | null = null) {
  const data = await graph.query<{
    budget: { standing: { used: Use; reserved: Use; warnedAt: string | null; exceededAt: string | null } | null };
  }>(
    `query Standing($id: ID!, $runId: ID) {
      budget(id: $id) {
        standing(runId: $runId) {
          used { tokens costUsd calls } reserved { tokens costUsd calls } warnedAt exceededAt
        }
      }
    }`,
    { id, runId },
  );
  return data.budget.standing;
}

const stopReason = async (graph: GraphClient, id: string) =>
  (
    await graph.query<{ agentExecution: { stopReason: string | null; error: { message: string } | null } }>(
      'query Reason($id: ID!) { agentExecution(id: $id) { stopReason error { message } } }',
      { id },
    )
  ).agentExecution;

test('50 calls at once on a budget for ten are ten', async () => {
  const model = await modelServer((_call, response) => answerChat(response, ['Yes.']));
  const agentId = await llmAgent(user.graph, model.url, { concurrencyLimit: 50 });
  const budgetId = await budgetOf(user.graph, { scope: 'AGENT', subjectId: agentId, maxCalls: 10, warnAtPercent: 80 });
  // Waiting for each by its own request would ask more of the gateway than it lets one user have.
  const begun = await Promise.all(Array.from({ length: 50 }, () => executeAgent(user.graph, agentId, { input: 'Go' })));
  const executions = await until('all have ended', async () => {
    const shown = await Promise.all(begun.map(({ id }) => showAgentExecution(user.graph, id)));
    return shown.every(({ status }) => status === 'COMPLETED' || status === 'FAILED') && shown;
  });
  const completed = executions.filter(({ status }) => status === 'COMPLETED');
  const refused = executions.filter(({ error }) => error?.code === 'BUDGET_EXCEEDED');
  expect([completed.length, refused.length, model.calls.length]).toEqual([10, 40, 10]);
  expect(
    refused.every(({ status, attempts, error }) => status === 'FAILED' && attempts === 1 && !error!.retryable),
  ).toBe(true);
  expect(await stopReason(user.graph, refused[0]!.id)).toMatchObject({
    stopReason: 'BUDGET_EXCEEDED',
    error: { message: expect.stringMatching(/^The budget "Limit" allows 10 calls; 10 are used or reserved/) },
  });
  expect(await standing(user.graph, budgetId)).toEqual({
    used: { tokens: 130, costUsd: 0, calls: 10 },
    reserved: { tokens: 0, costUsd: 0, calls: 0 },
    warnedAt: expect.any(String),
    exceededAt: expect.any(String),
  });
  const events = await sql<{ type: string; count: number }>(
    product,
    'agent',
    `select type, count(*)::int as count from outbox_events where stream = 'budget:${budgetId}' group by 1 order by 1`,
  );
  expect(events).toEqual([
    { type: 'agent.budget.exceeded', count: 1 },
    { type: 'agent.budget.warning', count: 1 },
  ]);
}, 60_000);

test('a run that hits its budget keeps its text, and the next one has the whole of it', async () => {
  const model = await modelServer((_call, response) =>
    answerToolCalls(response, [['read_context', {}]], 'Let me see. '),
  );
  const agentId = await llmAgent(user.graph, model.url, { llm: { contextUse: 'TOOLS' } });
  const budgetId = await budgetOf(user.graph, { scope: 'AGENT_EXECUTION', subjectId: agentId, maxCalls: 3 });
  const contextId = await createContext(user.graph, { name: 'Grace' });
  for (let run = 1; run <= 2; run += 1) {
    const execution = await execute(user.graph, agentId, { contextId });
    expect(execution).toMatchObject({
      status: 'FAILED',
      attempts: 1,
      error: { code: 'BUDGET_EXCEEDED', retryable: false },
      outputText: 'Let me see. Let me see. ',
    });
    expect(await standing(user.graph, budgetId, execution.id)).toMatchObject({ used: { calls: 3, tokens: 50 } });
  }
  expect(await standing(user.graph, budgetId)).toBeNull();
});

test('tokens are reserved before a call, and charged as they were used after it', async () => {
  let ended = false;
  const model = await modelServer((_call, response) => {
    const send = beginEvents(response);
    send(chatChunk({ role: 'assistant', content: 'Well' }));
    // It goes on when another one has asked.
    return until('two ask', () => model.calls.length === 2 || ended).then(() => {
      for (const part of [chatChunk({}, 'stop'), chatChunk({}, null, USAGE), '[DONE]']) send(part);
      response.end();
    });
  });
  const agentId = await llmAgent(user.graph, model.url, { llm: { maxOutputTokens: 100, systemPrompt: null } });
  const budgetId = await budgetOf(user.graph, { scope: 'AGENT', subjectId: agentId, period: 'DAY', maxTokens: 250 });
  const { id } = await execute(user.graph, agentId, { wait: false });
  await until('the first asks', () => model.calls.length === 1);
  const reserved = (await standing(user.graph, budgetId))!.reserved;
  expect(reserved).toMatchObject({ calls: 1 });
  expect(reserved.tokens).toBeGreaterThan(125);
  // There is not enough left for another one at the same time.
  expect(await execute(user.graph, agentId)).toMatchObject({ error: { code: 'BUDGET_EXCEEDED' } });
  ended = true;
  await until('the first has ended', async () => (await showAgentExecution(user.graph, id)).status === 'COMPLETED');
  expect(await standing(user.graph, budgetId)).toMatchObject({
    used: { tokens: 15, calls: 1 },
    reserved: { tokens: 0 },
  });
  expect(await execute(user.graph, agentId)).toMatchObject({ status: 'COMPLETED' });
});
test('money needs a price, and is charged by it', async () => {
  const model = await modelServer((_call, response) => answerChat(response, ['Yes.']));
  const unpriced = await llmAgent(user.graph, model.url);
  await budgetOf(user.graph, { scope: 'AGENT', subjectId: unpriced, maxCostUsd: 1 });
  expect(await execute(user.graph, unpriced)).toMatchObject({
    status: 'FAILED',
    error: { code: 'PRICE_UNKNOWN', retryable: false },
  });
  expect(model.calls).toHaveLength(0);
  const priced = await llmAgent(user.graph, model.url, {
    llm: { maxOutputTokens: 10, inputCostPerMillionTokens: 1_000, outputCostPerMillionTokens: 2_000 },
  });
  const budgetId = await budgetOf(user.graph, { scope: 'AGENT', subjectId: priced, maxCostUsd: 1 });
  expect(await execute(user.graph, priced)).toMatchObject({ status: 'COMPLETED' });
  const { used } = (await standing(user.graph, budgetId))!;
  expect(used.costUsd).toBeCloseTo(0.014, 9);
});

test('the time of calls is limited: a call is ended when it is over', async () => {
  const model = await modelServer((_call, response) => {
    beginEvents(response)(chatChunk({ role: 'assistant', content: 'Well' }));
  });
  const agentId = await llmAgent(user.graph, model.url);
  const budgetId = await budgetOf(user.graph, { scope: 'AGENT', subjectId: agentId, maxSeconds: 1 });
  const execution = await execute(user.graph, agentId);
  expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'BUDGET_EXCEEDED' }, outputText: 'Well' });
  await until('the stream is closed', () => model.calls[0]!.aborted);
  // Of what was broken off nobody says what it has used: both tell the same estimate.
  const { used } = (await standing(user.graph, budgetId))!;
  expect(used.tokens).toBeGreaterThan(0);
  const { spend } = await user.graph.query<{ spend: { total: object } }>(
    `query Of($agentId: ID!, $from: DateTime!, $to: DateTime!) {
      spend(by: MODEL, from: $from, to: $to, filter: { agentId: $agentId }) { total { totalTokens costUsd modelCalls } } }`,
    { agentId, from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) },
  );
  expect(spend.total).toEqual({ totalTokens: used.tokens, costUsd: used.costUsd, modelCalls: used.calls });
});

test('the owner finds in the inbox that a budget is nearly, and then wholly used up, once for each', async () => {
  const owner = await makeUser(product);
  const model = await modelServer((_call, response) => answerChat(response, ['Yes.']));
  const agentId = await llmAgent(owner.graph, model.url);
  await budgetOf(owner.graph, { scope: 'AGENT', subjectId: agentId, name: 'Talks', maxCalls: 2, warnAtPercent: 50 });
  for (let call = 0; call < 4; call += 1) await execute(owner.graph, agentId);
  const inbox = async () =>
    (
      await owner.graph.query<{ inbox: { nodes: { subject: string; category: string }[] } }>(
        '{ inbox { nodes { subject category } } }',
      )
    ).inbox.nodes;
  await until('both are there', async () => (await inbox()).length === 2);
  expect((await inbox()).reverse()).toEqual([
    { subject: 'The budget “Talks” is nearly used up', category: 'budget' },
    { subject: 'The budget “Talks” is used up', category: 'budget' },
  ]);
});

test('a workflow whose budget is used up fails at that step, which is not retried', async () => {
  const model = await modelServer((_call, response) => answerChat(response, ['Yes.']));
  const agentId = await llmAgent(user.graph, model.url);
  const workflowId = await createWorkflow(user.graph, {
    steps: [agentStep('one', agentId), agentStep('two', agentId), agentStep('three', agentId)],
  });
  const budgetId = await budgetOf(user.graph, { scope: 'WORKFLOW_EXECUTION', subjectId: workflowId, maxCalls: 2 });
  for (let run = 1; run <= 2; run += 1) {
    const id = await executeWorkflow(user.graph, workflowId);
    const execution = await executionEnds(user.graph, id);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: { code: 'BUDGET_EXCEEDED', stepId: 'three' },
      steps: [{ status: 'COMPLETED' }, { status: 'COMPLETED' }, { status: 'FAILED', attempts: 1 }],
    });
    expect(await standing(user.graph, budgetId, id)).toMatchObject({ used: { calls: 2, tokens: 26 } });
  }
  expect(model.calls).toHaveLength(4);
});

test('administrators limit users, who see it and cannot change it; all that is spent can be read', async () => {
  const model = await modelServer((_call, response) => answerChat(response, ['Yes.']));
  const spender = await makeUser(product);
  const agentId = await llmAgent(spender.graph, model.url, {
    llm: { inputCostPerMillionTokens: 1_000, outputCostPerMillionTokens: 1_000 },
  });
  const budget = { scope: 'USER', subjectId: spender.id, period: 'DAY', maxCalls: 2 };
  expect(await tryBudget(spender.graph, budget)).toMatchObject({ __typename: 'NotFoundError' });
  const admin = await administrator(product);
  const budgetId = await budgetOf(admin.graph, budget);
  expect(await standing(spender.graph, budgetId)).toMatchObject({ used: { calls: 0 } });
  const removed = 'mutation Delete($id: ID!) { deleteBudget(input: { id: $id }) { __typename } }';
  expect(await spender.graph.mutate(removed, { id: budgetId })).toMatchObject({ __typename: 'NotFoundError' });
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const to = new Date(Date.now() + 3_600_000).toISOString();
  const statuses = [];
  for (let run = 1; run <= 3; run += 1) statuses.push((await execute(spender.graph, agentId)).status);
  expect(statuses).toEqual(['COMPLETED', 'COMPLETED', 'FAILED']);
  for (const [by, key] of [
    ['AGENT', agentId],
    ['USER', spender.id],
    ['MODEL', 'double-1'],
  ]) {
    const { spend } = await spender.graph.query<{ spend: { total: object; groups: object[] } }>(
      `query Spend($by: SpendDimension!, $from: DateTime!, $to: DateTime!) {
        spend(by: $by, from: $from, to: $to) {
          total { modelCalls toolCalls totalTokens costUsd } groupCount groups { key figures { modelCalls totalTokens } }
        }
      }`,
      { by, from, to },
    );
    expect(spend).toEqual({
      total: { modelCalls: 2, toolCalls: 0, totalTokens: 26, costUsd: 0.026 },
      groupCount: 1,
      groups: [{ key, figures: { modelCalls: 2, totalTokens: 26 } }],
    });
  }
});

test('what is wrong with a budget is told at its place', async () => {
  const agentId = await llmAgent(user.graph, 'https://models.example.org');
  const of = { scope: 'AGENT', subjectId: agentId };
  expect(await tryBudget(user.graph, of)).toMatchObject({ fields: [{ path: '' }] });
  expect(await tryBudget(user.graph, { ...of, maxCalls: 0, period: 'RUN', warnAtPercent: 100 })).toMatchObject({
    fields: [
      { path: 'maxCalls', message: 'must be 1 to 1,000,000,000' },
      { path: 'warnAtPercent', message: 'must be 1 to 99' },
      { path: 'period', message: 'must be TOTAL or DAY for AGENT' },
    ],
  });
  const many = await Promise.all(Array.from({ length: 25 }, () => tryBudget(user.graph, { ...of, maxCalls: 1 })));
  expect(many.filter(({ budget }) => budget)).toHaveLength(20);
  expect(many.find(({ fields }) => fields)!.fields).toMatchObject([{ path: 'subjectId' }]);
});
