import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FAST, STOP, agentExecutionIs, executeAgent, registerAgent, showAgentExecution } from '../harness/fixtures.ts';
import { beginEvents } from '../harness/chat-double.ts';
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

const httpAgent = (http: object, more: object = {}) =>
  registerAgent(user.graph, { name: unique('http'), type: 'Remote', kind: 'HTTP', http, ...FAST, ...more });
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
  await until('the call is aborted', () => silent.calls[0]!.aborted);
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
  expect(await showAgentExecution(user.graph, id)).toMatchObject({ output: { greeting: 'Hello world' } });
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
    // Two wait for an answer as long as there are two left.
    await until('calls wait', () => answers.length >= Math.min(answered + 2, 5), { timeoutMs: 20_000 });
    answers[answered]!();
  }
  for (const execution of executions) await agentExecutionIs(user.graph, execution.id, 'COMPLETED');
  expect(most).toBe(2);
});
