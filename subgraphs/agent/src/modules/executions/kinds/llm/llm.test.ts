import { createAddressRules, createGuardedHttp } from '@flowmesh/platform/http';
import { newId } from '@flowmesh/platform/ids';
import { PolicyChain, SharedStore } from '@flowmesh/platform/resilience';
import { HttpDouble, sendJson, type HttpCall } from '@flowmesh/platform/testing';
import { prepareAgents, type AgentUnderTest } from '../../../../testing/agent-under-test.ts';
import { AgentFailure } from '../agent-failure.ts';
import type { AgentResult, AgentTask } from '../agent-runner.ts';
import { createLlmRunner } from './llm.ts';

const http = createGuardedHttp({ rules: createAddressRules(['127.0.0.1']) });
const stops: (() => unknown)[] = [() => http.close()];
let agents: AgentUnderTest;
let chain: PolicyChain;
beforeAll(async () => {
  agents = await prepareAgents();
  chain = new PolicyChain(new SharedStore({ pool: agents.pool }));
}, 60_000);
afterAll(async () => {
  for (const stop of stops) await stop();
  await chain.store.stop();
  await agents.stop();
}, 30_000);

/** Calls that no budget counts. */
const calls: AgentTask['calls'] = {
  begin: () => Promise.resolve({ milliseconds: 60_000, isBounded: false, end: () => Promise.resolve() }),
  earlier: () => Promise.resolve(null),
};

const chunk = (delta: object, finish: string | null = null, usage: object | null = null) => ({
  id: '1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: usage ? [] : [{ index: 0, delta, finish_reason: finish }],
  ...(usage ? { usage } : {}),
});

const USAGE = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };

function speak({ response }: HttpCall, words: readonly string[], end = true, usage: object = USAGE): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (value: unknown) =>
    response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
  for (const content of words) send(chunk({ role: 'assistant', content }));
  if (!end) return;
  send(chunk({}, 'stop'));
  send(chunk({}, null, usage));
  send('[DONE]');
  response.end();
}

async function run(
  answer: (call: HttpCall) => void,
  task: Partial<AgentTask> = {},
  signal = new AbortController().signal,
) {
  const model = await HttpDouble.start(answer);
  stops.push(() => model.stop());
  const deltas: string[] = [];
  const configuration = {
    provider: 'OPENAI_COMPATIBLE',
    baseUrl: `${model.url}/v1/`,
    model: 'm',
    systemPrompt: 'Be brief.',
    temperature: 0.5,
    maxOutputTokens: 100,
    inputCostPerMillionTokens: 1_000_000,
    outputCostPerMillionTokens: null,
  };
  const whole: AgentTask = {
    executionId: 'e',
    agentId: newId(),
    startedById: 'u',
    attempt: 1,
    input: 'Say something',
    context: null,
    calls,
    tools: () => Promise.resolve([]),
    configuration,
    secrets: { apiKey: 'sk-test' },
    outputSchema: null,
    timeoutMs: 5_000,
    ...task,
  };
  const result = await createLlmRunner({ http, chain, prices: new Map() })
    .run(whole, { signal, emit: (delta) => deltas.push(delta), log: () => undefined })
    .catch((error: unknown) => error);
  return { result, deltas, calls: model.calls };
}

test('asks as OpenAI-compatible servers expect, passes words on, counts tokens and their price', async () => {
  const { result, deltas, calls } = await run((call) => speak(call, ['To ', 'be ', 'brief.']));
  expect(result).toEqual({
    output: { text: 'To be brief.' },
    outputText: 'To be brief.',
    usage: { inputTokens: 12, outputTokens: 3, totalTokens: 15, costUsd: 12 },
  });
  expect(deltas).toEqual(['To ', 'be ', 'brief.']);
  expect(calls[0]?.path).toBe('/v1/chat/completions');
  expect(calls[0]?.headers['authorization']).toBe('Bearer sk-test');
  expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0.5,
    max_tokens: 100,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Say something' },
    ],
  });
});

test.each([
  [-5_000, -5_000, -10_000],
  [1.5, 1.5, 3],
  [3e9, 3e9, 6e9],
  [1e308, 1e308, 1e308],
])('counts that no model can have used (%p, %p, %p) are not believed', async (input, output, total) => {
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: total };
  const { result } = await run((call) => speak(call, ['Well.'], true, usage));
  const { usage: used } = result as AgentResult;
  const counts = [used?.inputTokens, used?.outputTokens, used?.totalTokens];
  for (const count of counts) {
    expect(Number.isInteger(count)).toBe(true);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(2_147_483_647);
  }
  // A dollar for each token of the input.
  expect(used?.costUsd).toBe(used?.inputTokens);
});

test('structured output is asked for by schema and read, also out of a code fence', async () => {
  const outputSchema = { type: 'object', properties: { n: { type: 'number' } } };
  const { result, calls } = await run((call) => speak(call, ['```json\n{"n"', ': 3}\n```']), { outputSchema });
  expect(result).toMatchObject({ output: { n: 3 } });
  expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({
    response_format: { type: 'json_schema', json_schema: { schema: outputSchema } },
  });
});

test('an answer that breaks the schema is repaired once: the model is told what was wrong', async () => {
  const outputSchema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
  const answers = [['{"n": "three"}'], ['{"n": 3}']];
  const { result, calls: asked } = await run((call) => speak(call, answers.shift() ?? ['too many']), { outputSchema });
  expect(result).toMatchObject({
    output: { n: 3 },
    outputText: '{"n": "three"}{"n": 3}',
    usage: { inputTokens: 24, outputTokens: 6, totalTokens: 30, costUsd: 24 },
  });
  const { messages } = JSON.parse(asked[1]?.body ?? '') as { messages: { role: string; content: string }[] };
  expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  expect(messages.at(-1)?.content).toMatch(
    /^Your answer cannot be used: The output breaks the output schema: n must be number/,
  );

  const { result: prose, calls: twice } = await run((call) => speak(call, ['No.']), { outputSchema });
  expect(prose).toMatchObject({ code: 'INVALID_OUTPUT', options: { retryable: true } });
  expect(twice).toHaveLength(2);
});

test('failures say whether another attempt could help', async () => {
  const failing = (status: number, headers = {}) =>
    run(({ response }) => sendJson(response, { error: { message: 'no' } }, status, headers));
  expect((await failing(401)).result).toMatchObject({ code: 'MODEL', options: { retryable: false } });
  const { result, calls } = await failing(429, { 'retry-after': '7' });
  expect(result).toBeInstanceOf(AgentFailure);
  expect(result).toMatchObject({ code: 'MODEL', options: { retryable: true, retryAfterMs: 7_000 } });
  // Repeating is the execution's business.
  expect(calls).toHaveLength(1);
  expect((await run(({ response }) => response.destroy())).result).toMatchObject({
    code: 'CONNECTION',
    options: { retryable: true },
  });
});

test('the signal closes the stream', async () => {
  const stop = new AbortController();
  let call: HttpCall | undefined;
  const { result } = await run(
    (asked) => {
      call = asked;
      speak(asked, ['Well'], false);
      setTimeout(() => stop.abort(), 50);
    },
    {},
    stop.signal,
  );
  expect(result).toBeInstanceOf(AgentFailure);
  while (!call?.aborted) await new Promise((resolve) => setTimeout(resolve, 10));
});
