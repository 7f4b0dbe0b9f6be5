import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sendJson, until } from '@flowmesh/platform/testing';
import { answerChat, answerToolCalls, beginEvents, chatChunk } from '../harness/chat-double.ts';
import { STOP } from '../harness/fixtures.ts';
import { callsOf, createContext, execute, llmAgent, modelServer, stopModelServers } from '../harness/llm.ts';
import { sharedProduct } from '../harness/product.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});
afterAll(stopModelServers);

const PRICES = { inputCostPerMillionTokens: 500_000, outputCostPerMillionTokens: 1_000_000 };

test('every call of a model and a tool is a row of the execution, with what it took, and without the key', async () => {
  let asked = 0;
  const model = await modelServer((_call, response) => {
    asked += 1;
    if (asked === 1) return answerToolCalls(response, [['read_context', { path: '/none' }]]);
    return answerChat(response, ['Nothing ', 'of sk-test-12345678.']);
  });
  const contextId = await createContext(user.graph, {});
  const agentId = await llmAgent(user.graph, model.url, { llm: { ...PRICES, contextUse: 'TOOLS' } });
  const execution = await execute(user.graph, agentId, { contextId });
  expect(execution).toMatchObject({
    status: 'COMPLETED',
    usage: { inputTokens: 32, outputTokens: 7, totalTokens: 39, costUsd: 23 },
  });
  const calls = await callsOf(user.graph, execution.id);
  expect(calls).toMatchObject([
    {
      kind: 'MODEL',
      name: 'double-1',
      status: 'COMPLETED',
      attempt: 1,
      input: { system: 'You are brief.', messages: [{ role: 'user', content: 'Go' }] },
      output: { text: '', toolCalls: [{ name: 'read_context', input: { path: '/none' } }] },
      usage: { totalTokens: 25, costUsd: 15 },
    },
    {
      kind: 'TOOL',
      name: 'read_context',
      status: 'FAILED',
      input: { path: '/none' },
      error: { code: 'NOT_FOUND', message: 'There is nothing at /none.' },
      usage: null,
    },
    {
      kind: 'MODEL',
      status: 'COMPLETED',
      output: { text: 'Nothing of •••.' },
      error: null,
      usage: { totalTokens: 14, costUsd: 8 },
    },
  ]);
  expect(calls.every(({ latencyMs }) => latencyMs !== null && latencyMs >= 0)).toBe(true);
  expect(await callsOf(user.graph, execution.id, { kind: 'TOOL' })).toHaveLength(1);
  const stranger = await makeUser(product);
  const seen = await stranger.graph.query<{ agentExecution: unknown }>(
    'query Seen($id: ID!) { agentExecution(id: $id) { calls { totalCount } } }',
    { id: execution.id },
  );
  expect(seen.agentExecution).toBeNull();
});

test('what is too long is kept as the beginning of it', async () => {
  const model = await modelServer((_call, response) => answerChat(response, ['x'.repeat(60_000)]));
  const execution = await execute(user.graph, await llmAgent(user.graph, model.url), { input: 'y'.repeat(60_000) });
  const [call] = await callsOf(user.graph, execution.id);
  expect(call).toMatchObject({ inputCut: true, outputCut: true });
  expect((call!.input as string).length).toBe(50_000);
  expect((call!.output as string).startsWith('{"text":"xxxx')).toBe(true);
});

test('another model is asked when the one before is overloaded, broken or slow, and what answered is recorded', async () => {
  const overloaded = await modelServer((_call, response) => sendJson(response, { error: { message: 'busy' } }, 429));
  const broken = await modelServer((_call, response) => sendJson(response, { error: { message: 'no' } }, 503));
  const silent = await modelServer(() => undefined);
  const works = await modelServer((_call, response) => answerChat(response, ['Here.']));
  const fallback = (url: string, model: string) => ({ baseUrl: `${url}/v1`, model, apiKey: `sk-${model}-12345678` });
  const agentId = await llmAgent(user.graph, overloaded.url, {
    timeoutSeconds: 10,
    llm: { fallbacks: [fallback(broken.url, 'b'), fallback(silent.url, 'c'), fallback(works.url, 'd')] },
  });
  const execution = await execute(user.graph, agentId);
  expect(execution).toMatchObject({ status: 'COMPLETED', attempts: 1, output: { text: 'Here.' } });
  const calls = await callsOf(user.graph, execution.id);
  expect(calls.map(({ name, status, error }) => [name, status, error?.code ?? null])).toEqual([
    ['double-1', 'FAILED', 'MODEL'],
    ['b', 'FAILED', 'MODEL'],
    ['c', 'FAILED', 'TIMEOUT'],
    ['d', 'COMPLETED', null],
  ]);
  expect(works.calls[0]!.headers.authorization).toBe('Bearer sk-d-12345678');
  // The slow one is not left waiting.
  await until('the call of the slow one is closed', () => silent.calls[0]!.aborted);
});

test('a model that refuses is not asked of another one', async () => {
  const refuses = await modelServer((_call, response) => sendJson(response, { error: { message: 'bad key' } }, 401));
  const other = await modelServer((_call, response) => answerChat(response, ['Here.']));
  const fallbacks = [{ baseUrl: `${other.url}/v1`, model: 'other' }];
  const execution = await execute(user.graph, await llmAgent(user.graph, refuses.url, { llm: { fallbacks } }));
  expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'MODEL', retryable: false } });
  expect(other.calls).toHaveLength(0);
});

test('stopping closes the stream of the model within a second, and the call says so', async () => {
  const model = await modelServer((_call, response) =>
    beginEvents(response)(chatChunk({ role: 'assistant', content: 'Well' })),
  );
  const agentId = await llmAgent(user.graph, model.url);
  const { id } = await execute(user.graph, agentId, { wait: false });
  await until('the model is asked', () => model.calls.length === 1);
  await until('the call is shown', async () => (await callsOf(user.graph, id))[0]?.status === 'RUNNING');
  const stopped = performance.now();
  await user.graph.mutate(STOP, { id });
  await until('the stream is closed', () => model.calls[0]!.aborted, { timeoutMs: 1_000, everyMs: 5 });
  expect(performance.now() - stopped).toBeLessThan(2_000);
  await until('the call has ended', async () => (await callsOf(user.graph, id))[0]?.status === 'FAILED');
  expect((await callsOf(user.graph, id))[0]).toMatchObject({ error: { code: 'ABORTED' } });
});
