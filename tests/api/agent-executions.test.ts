import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EXECUTE_AGENT, echoAgent, executeAgent, registerAgent } from '../harness/fixtures.ts';
import { HttpDouble, answerChat, beginEvents, chatChunk, sendJson } from '../harness/http-double.ts';
import { sharedProduct } from '../harness/product.ts';
import { until } from '../harness/until.ts';
import { makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let user: TestUser;
const doubles: HttpDouble[] = [];
beforeAll(async () => {
  user = await makeUser(product);
});
afterAll(() => Promise.all(doubles.map((double) => double.stop())));

async function double(...answer: Parameters<typeof HttpDouble.start>): Promise<HttpDouble> {
  const started = await HttpDouble.start(...answer);
  doubles.push(started);
  return started;
}

const FAST = { retryPolicy: { maxAttempts: 3, initialDelayMs: 10, maxDelayMs: 50, multiplier: 1 } };
const httpAgent = (http: object, more: object = {}) =>
  registerAgent(user.graph, { name: unique('http'), type: 'Remote', kind: 'HTTP', http, ...FAST, ...more });
const builtin = (name: string, options: object = {}) =>
  registerAgent(user.graph, {
    name: unique(name),
    type: 'Builtin',
    kind: 'BUILTIN',
    builtin: { function: name, options },
  });

const SHOW = 'query Show($id: ID!) { agentExecution(id: $id) { id status attempts output outputText error { code } } }';
const show = async (id: string) =>
  (await user.graph.query<{ agentExecution: { status: string } }>(SHOW, { id })).agentExecution;
const isIn = (id: string, status: string) =>
  until(`execution is ${status}`, async () => {
    const execution = await show(id);
    return execution.status === status ? execution : null;
  });
const STOP = `mutation Stop($id: ID!) {
  stopAgentExecution(input: { id: $id }) {
    __typename
    ... on StopAgentExecutionSuccess { execution { status } }
    ... on AgentExecutionEndedError { code execution { status } }
    ... on NotFoundError { code }
  }
}`;
const UPDATES = `subscription Updates($id: ID!, $after: String) {
  agentExecutionUpdates(id: $id, after: $after) { cursor outputDelta execution { status outputText } }
}`;
interface Update {
  readonly agentExecutionUpdates: {
    readonly cursor: string;
    readonly outputDelta: string | null;
    readonly execution: { readonly status: string; readonly outputText: string | null };
  };
}

describe('BUILTIN', () => {
  test.each([
    ['STATISTICS', {}, { values: [4, 1, 3, 2] }, { count: 4, sum: 10, mean: 2.5, median: 2.5, min: 1, max: 4 }],
    [
      'TRANSFORM',
      { expression: '{"total": $sum(items.price)}' },
      { items: [{ price: 2 }, { price: 3 }] },
      { total: 5 },
    ],
    ['TEMPLATE', { template: 'Hello {{ name | upcase }}!' }, { name: 'world' }, { text: 'Hello WORLD!' }],
    [
      'CLASSIFY',
      { labels: { fruit: ['apple', 'pear'], metal: ['iron', 'copper'] } },
      { text: 'An apple and a pear lie on the table.' },
      { label: 'fruit' },
    ],
    ['SENTIMENT', {}, { text: 'This is wonderful, I love it.' }, { label: expect.stringMatching(/positive/i) }],
  ])('%s', async (name, options, input, output) => {
    const id = await builtin(name, options);
    const execution = await executeAgent(user.graph, id, { input, wait: true });
    expect(execution).toMatchObject({ status: 'COMPLETED', attempts: 1, error: null, output });
  });

  test('SUMMARIZE, KEY_PHRASES and ENTITIES read English', async () => {
    const text =
      'The payment service of Contoso failed in Berlin on 3 May 2026. Payment service errors rose after the release. ' +
      'Maria Schmidt rolled the release back. The weather was fine. The payment service recovered within minutes.';
    const run = async (name: string, input: object) =>
      (await executeAgent(user.graph, await builtin(name), { input, wait: true })).output;
    const summary = (await run('SUMMARIZE', { text, maxSentences: 2 })) as { summary: string; sentences: string[] };
    expect(summary.sentences).toHaveLength(2);
    for (const sentence of summary.sentences) expect(text).toContain(sentence);
    const { phrases } = (await run('KEY_PHRASES', { text, limit: 3 })) as { phrases: { phrase: string }[] };
    expect(phrases.length).toBeLessThanOrEqual(3);
    expect(phrases.map(({ phrase }) => phrase.toLowerCase()).join()).toContain('payment service');
    const { entities } = (await run('ENTITIES', { text })) as { entities: { value: string }[] };
    expect(entities.map(({ value }) => value)).toEqual(expect.arrayContaining(['Maria Schmidt', 'Berlin']));
  });

  test('a hostile expression ends by its time limit, and others go on', async () => {
    const id = await registerAgent(user.graph, {
      ...echoAgent('($f := function($x) { $f($x + 1) }; $f(1))'),
      timeoutSeconds: 2,
      ...FAST,
    });
    const hostile = executeAgent(user.graph, id, { input: {}, wait: true, maxAttempts: 1 });
    const friendly = await executeAgent(user.graph, await registerAgent(user.graph), { input: { a: 1 }, wait: true });
    expect(friendly.output).toEqual({ a: 1 });
    expect(await hostile).toMatchObject({ status: 'FAILED', output: null });
  });
});

describe('HTTP', () => {
  test('posts the input, signed, with the secret headers, and takes the JSON answer', async () => {
    const service = await double((_call, response) => sendJson(response, { done: true }));
    const id = await httpAgent({
      url: `${service.url}/run`,
      headers: { 'x-key': 'very secret' },
      signingSecret: 'a signing secret of some length',
    });
    const execution = await executeAgent(user.graph, id, { input: { task: 'sweep' }, wait: true });
    expect(execution).toMatchObject({ status: 'COMPLETED', output: { done: true }, attempts: 1 });
    const [call] = service.calls;
    expect(call!.path).toBe('/run');
    expect(call!.headers).toMatchObject({
      'x-key': 'very secret',
      'webhook-id': expect.any(String),
      'webhook-timestamp': expect.stringMatching(/^\d+$/),
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
    expect(JSON.stringify(JSON.parse(call!.body))).toContain('"task":"sweep"');
  });

  test('tries again after 503, with the same idempotency key, and not after 400', async () => {
    let left = 2;
    const shaky = await double((_call, response) =>
      left-- > 0 ? sendJson(response, {}, 503) : sendJson(response, { ok: 1 }),
    );
    const execution = await executeAgent(user.graph, await httpAgent({ url: shaky.url }), { wait: true });
    expect(execution).toMatchObject({ status: 'COMPLETED', attempts: 3, output: { ok: 1 } });
    expect(new Set(shaky.calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    const strict = await double((_call, response) => sendJson(response, { why: 'bad' }, 400));
    const failed = await executeAgent(user.graph, await httpAgent({ url: strict.url }), { wait: true });
    expect(failed).toMatchObject({ status: 'FAILED', attempts: 1, error: { code: 'HTTP_STATUS', retryable: false } });
  });

  test('a time-out fails the attempt and hangs up', async () => {
    const silent = await double(() => undefined);
    const id = await httpAgent({ url: silent.url }, { timeoutSeconds: 1 });
    const execution = await executeAgent(user.graph, id, { wait: true, maxAttempts: 1 });
    expect(execution).toMatchObject({ status: 'FAILED', attempts: 1, error: { code: 'TIMEOUT', retryable: true } });
    await until('the call is aborted', () => silent.calls[0]!.aborted);
  });

  test('stop really stops: the call is aborted', async () => {
    const silent = await double(() => undefined);
    const { id } = await executeAgent(user.graph, await httpAgent({ url: silent.url }));
    await until('the agent is called', () => silent.calls.length === 1);
    expect(await user.graph.mutate(STOP, { id })).toEqual({
      __typename: 'StopAgentExecutionSuccess',
      execution: { status: 'STOPPED' },
    });
    await until('the call is aborted', () => silent.calls[0]!.aborted, { timeoutMs: 3_000 });
    expect(await user.graph.mutate(STOP, { id })).toEqual({
      __typename: 'AgentExecutionEndedError',
      code: 'AGENT_EXECUTION_ENDED',
      execution: { status: 'STOPPED' },
    });
    expect(silent.calls).toHaveLength(1);
  });

  test('partial output of an SSE answer is streamed while it is produced', async () => {
    let proceed: (() => void) | undefined;
    const service = await double((_call, response) => {
      const send = beginEvents(response);
      send({ delta: 'Hello ' });
      proceed = () => {
        send({ delta: 'world' });
        send({ output: { greeting: 'Hello world' } }, 'result');
        response.end();
      };
    });
    const { id } = await executeAgent(user.graph, await httpAgent({ url: service.url }));
    const messages = user.graph.subscribe<Update>(UPDATES, { id });
    let text = '';
    let last: Update | undefined;
    for await (const message of messages) {
      const { outputDelta, execution } = message.agentExecutionUpdates;
      // The first message is a snapshot: what was said before it is in its outputText.
      text = last ? text + (outputDelta ?? '') : (execution.outputText ?? '');
      last = message;
      if (text.startsWith('Hello ') && proceed) {
        expect(execution.status).toBe('RUNNING');
        proceed();
        proceed = undefined;
      }
    }
    messages.close();
    expect(text).toBe('Hello world');
    expect(last?.agentExecutionUpdates.execution.status).toBe('COMPLETED');
    expect(await show(id)).toMatchObject({ output: { greeting: 'Hello world' } });
  });

  test('no more run at once than the limit allows, over all of them', async () => {
    let now = 0;
    let most = 0;
    const answers: (() => void)[] = [];
    const service = await double((_call, response) => {
      most = Math.max(most, ++now);
      answers.push(() => {
        now--;
        sendJson(response, {});
      });
    });
    const id = await httpAgent({ url: service.url }, { concurrencyLimit: 2 });
    const executions = await Promise.all(Array.from({ length: 5 }, () => executeAgent(user.graph, id)));
    for (let answered = 0; answered < 5; answered++) {
      await until('a call waits', () => answers.length > answered, { timeoutMs: 20_000 });
      answers[answered]!();
    }
    for (const execution of executions) await isIn(execution.id, 'COMPLETED');
    expect(most).toBe(2);
  });
});

describe('LLM', () => {
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
        inputCostPerMillionTokens: 1_000_000,
        outputCostPerMillionTokens: 2_000_000,
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
      usage: { inputTokens: 12, outputTokens: 3, totalTokens: 15, costUsd: 18 },
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
    await until('the stream is closed', () => model.calls[0]!.aborted, { timeoutMs: 3_000 });
    expect(await show(id)).toMatchObject({ status: 'STOPPED' });
  });

  test('a refusal of the model is told, without the key', async () => {
    const model = await double((_call, response) =>
      sendJson(response, { error: { message: 'no credit left for sk-test' } }, 402),
    );
    const execution = await executeAgent(user.graph, await llmAgent(model.url), {
      input: { prompt: 'Speak' },
      wait: true,
    });
    expect(execution).toMatchObject({ status: 'FAILED', attempts: 1 });
    expect(JSON.stringify(execution)).not.toContain('sk-test');
  });
});

test('an idempotency key begins one execution, however often and at once it is used', async () => {
  const agentId = await registerAgent(user.graph);
  const idempotencyKey = unique('key');
  const input = { agentId, input: { a: 1 }, idempotencyKey };
  const results = await Promise.all(
    Array.from({ length: 5 }, () =>
      user.graph.mutate<{ created: boolean; execution: { id: string } }>(EXECUTE_AGENT, { input }),
    ),
  );
  expect(new Set(results.map(({ execution }) => execution.id)).size).toBe(1);
  expect(results.filter(({ created }) => created)).toHaveLength(1);
});

test('input must satisfy the schema, and an inactive agent takes no work', async () => {
  const id = await registerAgent(user.graph, {
    ...echoAgent(),
    inputSchema: { type: 'object', required: ['n'], properties: { n: { type: 'integer', maximum: 3 } } },
  });
  const execute = (input: unknown) =>
    user.graph.mutate<Record<string, unknown>>(EXECUTE_AGENT, { input: { agentId: id, input } });
  expect(await execute({ n: 4 })).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'input.n' }] });
  expect(await execute({})).toMatchObject({ __typename: 'InvalidInputError' });
  await user.graph.mutate(
    'mutation Off($id: ID!) { updateAgent(input: { id: $id, status: INACTIVE }) { __typename } }',
    { id },
  );
  expect(await execute({ n: 1 })).toMatchObject({
    __typename: 'AgentUnavailableError',
    code: 'AGENT_UNAVAILABLE',
    status: 'INACTIVE',
  });
});

test('output that breaks the promise of the output schema fails the execution', async () => {
  const id = await registerAgent(user.graph, {
    ...echoAgent('{"n": "text"}'),
    outputSchema: { properties: { n: { type: 'number' } } },
    ...FAST,
  });
  expect(await executeAgent(user.graph, id, { input: {}, wait: true, maxAttempts: 1 })).toMatchObject({
    status: 'FAILED',
    error: { code: 'INVALID_OUTPUT' },
  });
});
