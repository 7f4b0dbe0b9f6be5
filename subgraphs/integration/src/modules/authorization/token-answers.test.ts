import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

const owner = userOf('owner');
const TOKEN = { access_token: 'given', token_type: 'Bearer' };
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let endpoint: HttpDouble;
let service: HttpDouble;
let answer: (call: HttpCall) => void;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  endpoint = await HttpDouble.start((call) => answer(call));
  service = await HttpDouble.start(({ response }) => sendJson(response, { ok: true }));
}, 60_000);
beforeEach(() => {
  endpoint.calls.length = 0;
  answer = ({ response }) => sendJson(response, TOKEN);
});
afterAll(async () => {
  await service.stop();
  await endpoint.stop();
  await integrations.stop();
}, 30_000);

const register = () =>
  registered(one, owner, {
    configuration: {
      baseUrl: service.url,
      authentication: { type: 'OAUTH2_CLIENT_CREDENTIALS', tokenUrl: `${endpoint.url}/token`, clientId: 'client' },
    },
    credentials: { clientSecret: 'a secret' },
    operations: [{ name: 'read', method: 'GET', path: '/' }],
    policy: { retry: { maxAttempts: 1 } },
  });
const read = (id: string) => mutate(one, owner, 'invokeIntegration', { id, operation: 'read' });
const raw = (status: number, body: string, headers: Record<string, string> = {}) => {
  answer = ({ response }) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
};

test.each<[what: string, status: number, body: string, headers: Record<string, string>, code: string]>([
  ['nothing', 204, '', {}, 'INVALID_OUTPUT'],
  ['an empty answer', 200, '', {}, 'INVALID_OUTPUT'],
  ['HTML', 200, '<html>', { 'content-type': 'text/html' }, 'INVALID_OUTPUT'],
  ['null', 200, 'null', {}, 'INVALID_OUTPUT'],
  ['a redirect', 302, '', { location: 'http://10.0.0.1/' }, 'INVALID_OUTPUT'],
  ['a token of another kind', 200, JSON.stringify({ ...TOKEN, token_type: 'mac' }), {}, 'INVALID_OUTPUT'],
  ['a token that is bound to a key', 200, JSON.stringify({ ...TOKEN, token_type: 'DPoP' }), {}, 'INVALID_OUTPUT'],
  ['a scope with NUL', 200, JSON.stringify({ ...TOKEN, scope: 'a\u0000b' }), {}, 'INVALID_OUTPUT'],
  ['a token with a line break', 200, JSON.stringify({ ...TOKEN, access_token: 'a\r\nb' }), {}, 'INVALID_OUTPUT'],
  ['a refusal with NUL', 400, JSON.stringify({ error: 'a\u0000b' }), {}, 'TOKEN_REFUSED'],
  ['a refusal with half a character', 400, '{"error":"\\ud800"}', {}, 'TOKEN_REFUSED'],
  ['a refusal of the client', 401, JSON.stringify({ error: 'invalid_client' }), {}, 'TOKEN_REFUSED'],
  ['too many requests', 429, '', { 'retry-after': '7' }, 'TOO_MANY_REQUESTS'],
  ['too many requests, forever', 429, '', { 'retry-after': '99999999999' }, 'TOO_MANY_REQUESTS'],
  ['an error of its own', 500, '', {}, 'HTTP_STATUS'],
])(
  'a token endpoint that answers with %s fails the call by a code, and is asked again',
  async (_what, status, body, headers, code) => {
    const id = await register();
    raw(status, body, headers);
    expect(await read(id)).toMatchObject({ __typename: 'IntegrationCallFailedError', code });
    answer = ({ response }) => sendJson(response, TOKEN);
    // A failure counts for a second.
    await until('a call succeeds', async () => (await read(id)).__typename === 'InvokeIntegrationSuccess', {
      everyMs: 400,
    });
    expect(integrations.lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  },
);

test('what an endpoint asks to wait is told, up to an hour', async () => {
  const id = await register();
  raw(429, '', { 'retry-after': '7' });
  expect(await read(id)).toMatchObject({ retryAfterSeconds: 7 });
  const other = await register();
  raw(429, '', { 'retry-after': '999999999' });
  expect(await read(other)).toMatchObject({ retryAfterSeconds: 3_600 });
});

test('a failure counts for all calls that come within a second', async () => {
  const id = await register();
  raw(500, '');
  const results = await Promise.all(Array.from({ length: 20 }, () => read(id)));
  expect(new Set(results.map(({ code }) => code))).toEqual(new Set(['HTTP_STATUS']));
  expect(endpoint.calls.length).toBe(1);
});

test('a token is used to its end while the next one cannot be had, and nobody waits for it', async () => {
  const id = await register();
  answer = ({ response }) => sendJson(response, { ...TOKEN, expires_in: 3_600 });
  await read(id);
  await integrations.pool.query('update integration_tokens set renew_at = now() where integration_id = $1', [id]);
  // It never answers.
  answer = () => undefined;
  const begun = performance.now();
  for (let call = 0; call < 5; call += 1) expect(await read(id)).toMatchObject({ output: { ok: true } });
  expect(performance.now() - begun).toBeLessThan(8_000);
  await until('the next one is asked for', () => endpoint.calls.length > 1);
  expect(endpoint.calls.length).toBe(2);
});

test('a token that is valid for seconds is not asked for by each call', async () => {
  const id = await register();
  answer = ({ response }) => sendJson(response, { ...TOKEN, expires_in: 20 });
  for (let call = 0; call < 10; call += 1) expect(await read(id)).toMatchObject({ output: { ok: true } });
  expect(endpoint.calls.length).toBe(1);
});
