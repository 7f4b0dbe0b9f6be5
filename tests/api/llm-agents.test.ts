import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FAST, STOP, executeAgent, registerAgent, showAgentExecution } from '../harness/fixtures.ts';
import { answerChat, beginEvents, chatChunk } from '../harness/chat-double.ts';
import { sharedProduct } from '../harness/product.ts';
import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
beforeAll(async () => {
  user = await makeUser(product);
});
const doubles: HttpDouble[] = [];
afterAll(() => Promise.all(doubles.map((double) => double.stop())));

async function double(...answer: Parameters<typeof HttpDouble.start>): Promise<HttpDouble> {
  const started = await HttpDouble.start(...answer);
  doubles.push(started);
  return started;
}

const llmAgent = (url: string, more: object = {}) =>
  registerAgent(user.graph, {
    name: unique('llm'),
    type: 'Model',
    kind: 'LLM',
    llm: {
      baseUrl: `${url}/v1`,
      model: 'double-1',
      apiKey: 'sk-test',
      systemPrompt: 'You are brief.',
      inputCostPerMillionTokens: 500_000,
      outputCostPerMillionTokens: 1_000_000,
    },
    ...FAST,
    ...more,
  });

test('streams the model’s words, and counts its tokens and their price', async () => {
  const model = await double((_call, response) => answerChat(response, ['To ', 'be ', 'brief.']));
  const execution = await executeAgent(user.graph, await llmAgent(model.url), {
    input: { prompt: 'Say something' },
    wait: true,
  });
  expect(execution).toMatchObject({
    status: 'COMPLETED',
    outputText: 'To be brief.',
    usage: { inputTokens: 12, outputTokens: 3, totalTokens: 15, costUsd: 9 },
  });
  const [call] = model.calls;
  expect(call!.path).toBe('/v1/chat/completions');
  expect(call!.headers.authorization).toBe('Bearer sk-test');
  const body = JSON.parse(call!.body) as {
    model: string;
    stream: boolean;
    messages: { role: string; content: unknown }[];
  };
  expect(body).toMatchObject({ model: 'double-1', stream: true });
  expect(body.messages[0]).toMatchObject({ role: 'system', content: 'You are brief.' });
  expect(JSON.stringify(body.messages.at(-1))).toContain('Say something');
});

test('stop closes the model’s stream', async () => {
  const model = await double((_call, response) =>
    beginEvents(response)(chatChunk({ role: 'assistant', content: 'Well' })),
  );
  const { id } = await executeAgent(user.graph, await llmAgent(model.url), { input: { prompt: 'Speak' } });
  await until('the model is asked', () => model.calls.length === 1);
  await user.graph.mutate(STOP, { id });
  await until('the stream is closed', () => model.calls[0]!.aborted);
  expect(await showAgentExecution(user.graph, id)).toMatchObject({ status: 'STOPPED' });
});

test('a refusal of the model is told, without the key', async () => {
  const model = await double((_call, response) => sendJson(response, { error: { message: 'no credit left' } }, 402));
  const execution = await executeAgent(user.graph, await llmAgent(model.url), {
    input: { prompt: 'Speak' },
    wait: true,
  });
  expect(execution).toMatchObject({ status: 'FAILED', attempts: 1 });
  expect(JSON.stringify(execution)).not.toContain('sk-test');
});
