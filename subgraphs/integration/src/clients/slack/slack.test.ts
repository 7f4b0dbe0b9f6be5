import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let slack: HttpDouble;
let problem: string | null = null;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  slack = await HttpDouble.start(({ path, headers, body }, response) => {
    if (path === '/services/T/B/secret') {
      const ok = typeof (JSON.parse(body) as { text?: unknown }).text === 'string';
      return void response.writeHead(ok ? 200 : 400).end(ok ? 'ok' : 'no_text');
    }
    if (headers.authorization !== 'Bearer xoxb-token') return sendJson(response, { ok: false, error: 'invalid_auth' });
    if (problem !== null) return sendJson(response, { ok: false, error: problem });
    if (path === '/api/auth.test') return sendJson(response, { ok: true, team: 'T' });
    if (path === '/api/chat.postMessage') return sendJson(response, { ok: true, channel: 'C1', ts: '1.2' });
    sendJson(response, { ok: true, channels: [{ id: 'C1' }], response_metadata: { next_cursor: '' } });
  });
}, 60_000);
beforeEach(() => {
  slack.calls.length = 0;
  problem = null;
});
afterAll(async () => {
  await slack.stop();
  await integrations.stop();
}, 30_000);

const bot = (token = 'xoxb-token', more: object = {}) =>
  registered(one, owner, {
    type: 'SLACK',
    configuration: { authentication: 'BOT', baseUrl: `${slack.url}/api`, ...more },
    credentials: { token },
    policy: { retry: { maxAttempts: 1 } },
  });
const invoke = (id: string, operation: string, input: object): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input });

test('a bot writes, answers and lists', async () => {
  const id = await bot('xoxb-token', { channel: '#usual' });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
  expect((await invoke(id, 'postMessage', { text: 'hi' })).output).toEqual({ channel: 'C1', ts: '1.2' });
  const blocks = [{ type: 'divider' }];
  await invoke(id, 'postMessage', { text: 'hi', channel: 'C2', threadTs: '1503435956.000247', blocks });
  expect((await invoke(id, 'listChannels', {})).output).toEqual({ channels: [{ id: 'C1' }], nextCursor: null });
  expect(slack.calls.slice(1).map(({ path, body }) => [path, JSON.parse(body) as unknown])).toEqual([
    ['/api/chat.postMessage', { channel: '#usual', text: 'hi' }],
    ['/api/chat.postMessage', { channel: 'C2', text: 'hi', blocks, thread_ts: '1503435956.000247' }],
    ['/api/conversations.list', { limit: 100, cursor: '' }],
  ]);
  expect(await invoke(await bot(), 'postMessage', { text: 'hi' })).toMatchObject({
    fields: [{ path: 'input.channel' }],
  });
});

test('an incoming webhook writes into its channel; its address is a secret', async () => {
  const webhookUrl = `${slack.url}/services/T/B/secret`;
  const id = await registered(one, owner, {
    type: 'SLACK',
    configuration: { authentication: 'WEBHOOK' },
    credentials: { webhookUrl },
  });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
  expect((await invoke(id, 'postMessage', { text: 'hi' })).output).toEqual({ channel: null, ts: null });
  expect(await invoke(id, 'postMessage', { text: 'hi', channel: 'C1' })).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await invoke(id, 'listChannels', {})).toMatchObject({ code: 'INVALID_INPUT' });
  const inside = { configuration: { authentication: 'WEBHOOK' }, credentials: { webhookUrl: 'http://10.0.0.1/x' } };
  const elsewhere = await registered(one, owner, { type: 'SLACK', ...inside });
  expect(await invoke(elsewhere, 'postMessage', { text: 'hi' })).toMatchObject({ code: 'INVALID_URL' });
});

test.each([
  ['channel_not_found', { code: 'SLACK', retryable: false }],
  ['internal_error', { code: 'SLACK', retryable: false }],
  ['token_revoked', { code: 'AUTHENTICATION', retryable: false }],
])('Slack answers %s', async (word, expected) => {
  const id = await bot('xoxb-token', { channel: 'C' });
  problem = word;
  expect(await invoke(id, 'postMessage', { text: 'hi' })).toMatchObject({
    ...expected,
    message: `Slack answered ${word}.`,
  });
  expect(await invoke(id, 'listChannels', {})).toMatchObject({ ...expected, retryable: word === 'internal_error' });
});

test('a token that is refused is told by the test', async () => {
  const id = await bot('xoxb-other');
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({
    test: { succeeded: false, code: 'AUTHENTICATION', message: 'Slack answered invalid_auth.' },
  });
});
