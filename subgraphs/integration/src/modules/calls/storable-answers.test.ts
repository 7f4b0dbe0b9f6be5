import { HttpDouble, sendJson, type HttpCall } from '@flowmesh/platform/testing';
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
let service: HttpDouble;
let answer: (call: HttpCall) => void;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  service = await HttpDouble.start((call) => answer(call));
}, 60_000);
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const register = () =>
  registered(one, owner, {
    configuration: { baseUrl: service.url },
    operations: [
      { name: 'pay', method: 'POST', path: '/pay' },
      { name: 'get', method: 'GET', path: '/get' },
    ],
    policy: { retry: { maxAttempts: 1 }, cacheSeconds: 60 },
  });
const invoke = (id: string, operation: string, more: object = {}): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, ...more });
const pay = (id: string) => invoke(id, 'pay', { idempotencyKey: 'a' });

const UNSTORABLE = { text: 'a\0b\ud83d', 'k\0': ['\ude00'], fine: '😀 \\u0000' };
const STORED = { text: 'a\ufffdb\ufffd', 'k\ufffd': ['\ufffd'], fine: '😀 \\u0000' };

test('an answer that cannot be stored is told with U+FFFD in it, and kept under its key', async () => {
  const id = await register();
  answer = ({ response }) => sendJson(response, UNSTORABLE);
  const calls = service.calls.length;
  expect(await pay(id)).toMatchObject({ output: STORED });
  expect(await pay(id)).toMatchObject({ output: STORED });
  expect(service.calls).toHaveLength(calls + 1);
});

test('such an answer is used again', async () => {
  const id = await register();
  answer = ({ response }) => sendJson(response, UNSTORABLE);
  expect(await invoke(id, 'get')).toMatchObject({ output: STORED, cached: false });
  expect(await invoke(id, 'get')).toMatchObject({ output: STORED, cached: true });
});

test('an answer that cannot be kept for others is given all the same', async () => {
  const id = await register();
  answer = ({ response }) => sendJson(response, { fine: true });
  await integrations.pool.query('alter table policy_cache add constraint nothing check (false) not valid');
  try {
    expect(await invoke(id, 'get')).toMatchObject({ output: { fine: true }, cached: false });
  } finally {
    await integrations.pool.query('alter table policy_cache drop constraint nothing');
  }
});

test('a failure that cannot be stored is kept under its key, also where it is cut within a character', async () => {
  const id = await register();
  const said = `no\0${'😀'.repeat(2_000)}`;
  answer = ({ response }) => response.writeHead(500).end(said);
  const failed = await pay(id);
  expect(failed).toMatchObject({
    code: 'HTTP_STATUS',
    message: expect.stringMatching(/^The service answered 500: no\ufffd😀/),
  });
  expect(failed.message).not.toMatch(/\p{Surrogate}/u);
  expect(await pay(id)).toEqual(failed);
});

test('a health check that fails with such a text is noted', async () => {
  const id = await register();
  answer = ({ response }) => response.writeHead(503).end('down\0');
  const message = 'The service answered 503: down\ufffd';
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: false, message } });
  const query = 'query ($id: ID!) { integration(id: $id) { health { state lastError consecutiveFailures } } }';
  const { integration } = await one.ask<{ integration: object }>(owner, query, { id });
  expect(integration).toEqual({ health: { state: 'UNHEALTHY', lastError: message, consecutiveFailures: 1 } });
});
