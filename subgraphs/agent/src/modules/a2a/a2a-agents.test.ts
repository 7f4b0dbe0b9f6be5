import { until } from '@flowmesh/platform/testing';
import { prepareAgents, userOf, type AgentProcess, type AgentUnderTest } from '../../testing/agent-under-test.ts';
import { A2aPeer } from '../../testing/a2a-peer.ts';
import { executed, register, registered, shown, stop } from '../../testing/operations.ts';

const owner = userOf('owner');
const ONCE = { maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0, multiplier: 1 };
let agents: AgentUnderTest;
let one: AgentProcess;
let peer: A2aPeer;

beforeAll(async () => {
  agents = await prepareAgents();
  [one, peer] = await Promise.all([agents.process(), A2aPeer.start()]);
}, 60_000);
afterAll(async () => {
  await agents.stop();
  await peer.stop();
}, 30_000);
afterEach(() => {
  peer.instead = null;
  peer.swallowed.clear();
  peer.unknown.clear();
  peer.taskId = null;
});

const agent = (a2a: object = {}, more: object = {}) =>
  registered(one, owner, { kind: 'A2A', a2a: { cardUrl: peer.cardUrl, ...a2a }, retryPolicy: ONCE, ...more });
const done = async (agentId: string, input: unknown) =>
  executed(one, owner, agentId, { input, wait: true, waitTimeoutSeconds: 20 });
const ended = (id: string) =>
  until('ended', async () => {
    const execution = await shown(one, owner, id);
    return execution && !['QUEUED', 'RUNNING'].includes(execution.status) ? execution : null;
  });
const waits = (id: string, process = one) =>
  until('the agent works', async () => (await shown(process, owner, id))?.outputText === 'I wait. ');

describe('an agent of the SDK', () => {
  test('streams its artifacts; the output is what they hold', async () => {
    const id = await agent({ headers: { Authorization: 'Bearer of-the-agent' } });
    const before = peer.authorization.length;
    expect(await done(id, 'Hello, Ada')).toMatchObject({
      status: 'COMPLETED',
      output: { text: 'Hello, Ada' },
      outputText: 'Hello, Ada',
    });
    expect(new Set(peer.authorization.slice(before))).toEqual(new Set(['Bearer of-the-agent']));
    expect(await done(id, { n: 1 })).toMatchObject({ output: { text: '{"n":1}' } });
    expect(await done(id, 'say')).toMatchObject({ output: { text: 'Nothing to do.' } });
  });

  test('that does not stream is asked until it has ended', async () => {
    const silent = await A2aPeer.start({ streaming: false });
    try {
      const id = await agent({ cardUrl: silent.cardUrl });
      const { id: executionId } = await executed(one, owner, id, { input: 'wait' });
      await until('it works', () => silent.messages.length === 1);
      silent.goOn();
      expect(await ended(executionId)).toMatchObject({ status: 'COMPLETED', output: { text: 'wait' } });
    } finally {
      await silent.stop();
    }
  });

  test.each([
    ['fail', 'AGENT_CODE', 'The agent has failed: Which one?'],
    ['reject', 'AGENT_CODE', 'The agent does not do this: Which one?'],
    ['ask', 'INPUT_REQUIRED', 'The agent asks for more input, which an execution cannot give: Which one?'],
  ])('%s is told as %s', async (text, code, message) => {
    expect((await done(await agent(), text)).error).toEqual({ code, message, retryable: false });
  });

  test('what it asks is told also when it cannot be cancelled', async () => {
    peer.unknown.add('CancelTask');
    expect((await done(await agent(), 'ask')).error).toEqual({
      code: 'INPUT_REQUIRED',
      message: 'The agent asks for more input, which an execution cannot give: Which one?',
      retryable: false,
    });
  });

  test('an answer nested too deep, and an id that cannot be stored, are refused', async () => {
    const id = await agent();
    expect((await done(id, 'deep')).error).toEqual({
      code: 'INVALID_OUTPUT',
      message: 'The agent’s answer is nested more than 200 deep.',
      retryable: false,
    });
    peer.taskId = 'one\0';
    expect((await done(id, 'Hello, Ada')).error).toEqual({
      code: 'INVALID_OUTPUT',
      message: 'The agent has told an id of its task that cannot be stored.',
      retryable: false,
    });
  });

  test('stopping cancels its task', async () => {
    const { id } = await executed(one, owner, await agent(), { input: 'wait' });
    await waits(id);
    const before = peer.cancelled.length;
    await stop(one, owner, { id });
    await until('cancelled at the far end', () => peer.cancelled.length === before + 1, { timeoutMs: 5_000 });
    expect(await shown(one, owner, id)).toMatchObject({ status: 'STOPPED', output: null });
  });

  test('its task is cancelled when its time is over', async () => {
    const before = peer.cancelled.length;
    const { error } = await done(await agent({}, { timeoutSeconds: 1 }), 'wait');
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true });
    await until('cancelled at the far end', () => peer.cancelled.length === before + 1);
  });
});

describe('a task is begun once', () => {
  test('after a lost connection it is followed again', async () => {
    const id = await agent({}, { retryPolicy: { ...ONCE, maxAttempts: 5 } });
    const before = peer.messages.length;
    const { id: executionId } = await executed(one, owner, id, { input: 'wait' });
    await waits(executionId);
    peer.disconnect();
    await until('it is tried again', async () => ((await shown(one, owner, executionId))?.attempts ?? 0) > 1);
    peer.goOn();
    expect(await ended(executionId)).toMatchObject({ status: 'COMPLETED', output: { text: 'wait' } });
    expect(peer.messages.slice(before)).toEqual([executionId]);
  });

  test('when its id was never told, it is found by its context', async () => {
    const id = await agent({}, { retryPolicy: { ...ONCE, maxAttempts: 5 } });
    const before = peer.messages.length;
    peer.swallowed.add('SendStreamingMessage');
    const { id: executionId } = await executed(one, owner, id, { input: 'wait' });
    await until('it works', () => peer.messages.length === before + 1);
    peer.disconnect();
    await until('it is tried again', async () => ((await shown(one, owner, executionId))?.attempts ?? 0) > 1);
    peer.goOn();
    expect(await ended(executionId)).toMatchObject({ status: 'COMPLETED', output: { text: 'wait' } });
    expect(peer.messages.slice(before)).toEqual([executionId]);
  });

  test('when the process ends, another one goes on with it', async () => {
    const two = await agents.process();
    const id = await agent();
    await one.stop();
    const before = peer.messages.length;
    const { id: executionId } = await executed(two, owner, id, { input: 'wait' });
    await waits(executionId, two);
    one = await agents.process();
    await two.stop();
    peer.goOn();
    expect(await ended(executionId)).toMatchObject({ status: 'COMPLETED', output: { text: 'wait' } });
    expect(peer.messages.slice(before)).toEqual([executionId]);
  }, 60_000);
});

test('what goes wrong is told as what it is', async () => {
  const id = await agent();
  peer.instead = { status: 503, body: 'come back later' };
  expect((await done(id, 'x')).error).toMatchObject({ code: 'HTTP_STATUS', retryable: true });
  peer.instead = { status: 401, body: 'who are you?' };
  expect((await done(id, 'x')).error).toEqual({
    code: 'HTTP_STATUS',
    message: 'The agent answered 401: who are you?',
    retryable: false,
  });
  peer.instead = { status: 200, body: '{"hello": "world"}' };
  expect((await done(id, 'x')).error).toMatchObject({ retryable: false });
  peer.instead = { status: 200, body: 'x'.repeat(6 * 1024 * 1024) };
  expect((await done(id, 'x')).error).toMatchObject({ code: 'TOO_LARGE' });
});

test('addresses inside the network are refused, in the settings and in the card; headers are sent nowhere else', async () => {
  const { fields } = await register(one, owner, {
    name: 'wrong',
    type: 'Test',
    kind: 'A2A',
    a2a: { cardUrl: 'http://10.0.0.1/card.json' },
  });
  expect(fields).toEqual([{ path: 'a2a.cardUrl', message: expect.stringContaining('leads') }]);
  const card = (url: string) =>
    JSON.stringify({
      name: 'x',
      description: 'x',
      version: '1',
      capabilities: {},
      skills: [],
      supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    });
  const plain = await agent();
  peer.instead = { status: 200, body: card('http://169.254.169.254/a2a') };
  expect((await done(plain, 'x')).error).toMatchObject({ code: 'BLOCKED_ADDRESS' });
  const withHeaders = await agent({ headers: { 'x-key': 'secret' } });
  expect((await done(withHeaders, 'x')).error).toMatchObject({ code: 'INVALID_CONFIGURATION' });
});
