import { sendJson } from '@flowmesh/platform/testing';
import { startAuth0Double, type Auth0Double } from '../../testing/auth0-double.ts';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
const CLIENT = { id: 'the-client', secret: 'the secret & of it' };
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let auth0: Auth0Double;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  auth0 = await startAuth0Double(CLIENT);
}, 60_000);
afterAll(async () => {
  await auth0.stop();
  await integrations.stop();
}, 30_000);

const settings = (configuration: object = {}, clientSecret = CLIENT.secret) => ({
  type: 'AUTH0',
  configuration: { baseUrl: auth0.url, clientId: CLIENT.id, ...configuration },
  credentials: { clientSecret },
  policy: { retry: { maxAttempts: 1 } },
});
const register = (...given: Parameters<typeof settings>) => registered(one, owner, settings(...given));
const invoke = (id: string, operation: string, input: object): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input });
const output = async (id: string, operation: string, input: object) => {
  const result = await invoke(id, operation, input);
  if (result.output === undefined) throw new Error(JSON.stringify(result));
  return result.output as Record<string, unknown>;
};

test('users and roles, with one access token', async () => {
  const id = await register();
  const before = auth0.tokensGiven;
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
  const connection = 'Username-Password-Authentication';
  const password = 'never told again';
  const ada = await output(id, 'createUser', { connection, email: 'ada@example.com', password });
  const user = String(ada['user_id']);
  expect(ada).toEqual({ user_id: user, connection, email: 'ada@example.com' });
  await output(id, 'createUser', { connection, email: 'bob@example.com', password });
  const all = { start: 0, limit: 50, total: 2 };
  const emails = [{ email: 'ada@example.com' }, { email: 'bob@example.com' }];
  expect(await output(id, 'listUsers', {})).toMatchObject({ ...all, users: emails });
  expect(await output(id, 'listUsers', { page: 1, per_page: 1 })).toMatchObject({
    ...{ start: 1, limit: 1, total: 2, users: [{ email: 'bob@example.com' }] },
  });
  expect(await output(id, 'searchUsers', { q: 'email:"ada@example.com"' })).toMatchObject({
    ...{ total: 1, users: [{ user_id: user }] },
  });
  expect(await output(id, 'updateUser', { id: user, name: 'Ada', app_metadata: { plan: 'pro' } })).toMatchObject({
    ...{ name: 'Ada', app_metadata: { plan: 'pro' } },
  });
  expect(await output(id, 'blockUser', { id: user })).toMatchObject({ blocked: true });
  expect(await output(id, 'getUser', { id: user })).toMatchObject({ blocked: true, name: 'Ada' });
  expect(await output(id, 'unblockUser', { id: user })).toMatchObject({ blocked: false });

  expect(await output(id, 'listRoles', {})).toMatchObject({
    total: 2,
    roles: [{ name: 'reader' }, { name: 'writer' }],
  });
  // Twice is like once.
  for (const role of ['rol_writer', 'rol_writer']) {
    expect(await output(id, 'assignRoles', { id: user, roles: [role] })).toEqual({ id: user });
  }
  expect(await output(id, 'rolesOfUser', { id: user })).toMatchObject({ roles: [{ id: 'rol_writer' }] });
  await output(id, 'removeRoles', { id: user, roles: ['rol_writer'] });
  expect(await output(id, 'rolesOfUser', { id: user })).toMatchObject({ roles: [], total: 0 });

  expect(await output(id, 'deleteUser', { id: user })).toEqual({ id: user });
  expect(await invoke(id, 'getUser', { id: user })).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  expect(auth0.tokensGiven - before).toBe(1);
  auth0.expireTokens();
  expect(await output(id, 'listUsers', {})).toMatchObject({ total: 1 });
  expect(auth0.tokensGiven - before).toBe(3);
});

test('tokens are checked with the keys of the tenant', async () => {
  const id = await register();
  const audience = 'https://api.example.com';
  const claims = { sub: 'auth0|1', aud: audience, permissions: ['read'] };
  const check = async (token: string) => output(id, 'checkToken', { token, audience });
  expect(await check(await auth0.sign(claims))).toEqual({
    ...{ valid: true, reason: null, subject: 'auth0|1', expiresAt: expect.any(String) as string },
    claims: expect.objectContaining({ permissions: ['read'] }) as object,
  });
  const not = (reason: string) => ({ valid: false, reason, subject: null, expiresAt: null, claims: null });
  expect(await check(await auth0.sign(claims, { seconds: -10 }))).toEqual(not('ERR_JWT_EXPIRED'));
  expect(await check(await auth0.sign({ ...claims, aud: 'another' }))).toEqual(not('ERR_JWT_CLAIM_VALIDATION_FAILED'));
  expect(await check(await auth0.sign(claims, { stranger: true }))).toEqual(
    not('ERR_JWS_SIGNATURE_VERIFICATION_FAILED'),
  );
  expect(await check('no token')).toEqual(not('ERR_JWS_INVALID'));
  const [, payload] = (await auth0.sign(claims)).split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none', kid: 'one' })).toString('base64url');
  expect(await check(`${none}.${payload}.`)).toMatchObject({ valid: false });
  const symmetric = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'one' })).toString('base64url');
  expect(await check(`${symmetric}.${payload}.AAAA`)).toEqual(not('ERR_JOSE_ALG_NOT_ALLOWED'));
});

test('what is refused: addresses, ids that lead elsewhere, a secret that is wrong', async () => {
  for (const baseUrl of ['http://169.254.169.254', 'http://10.0.0.1', 'https://x.auth0.com/api/v2/', 'x.auth0.com']) {
    const refused = await mutate(one, owner, 'registerIntegration', { name: 'x', ...settings({ baseUrl }) });
    expect(refused.fields).toEqual([{ path: 'configuration.baseUrl', message: expect.any(String) as string }]);
  }
  const id = await register();
  for (const user of ['..', '../clients', 'ada', '|x']) {
    expect(await invoke(id, 'deleteUser', { id: user })).toMatchObject({ fields: [{ path: 'input.id' }] });
  }
  await invoke(id, 'getUser', { id: 'auth0|../../clients' });
  expect(auth0.calls.at(-1)?.path).toBe('/api/v2/users/auth0%7C..%2F..%2Fclients');
  const wrong = await register({}, 'another secret');
  expect(await invoke(wrong, 'listUsers', {})).toMatchObject({ code: 'TOKEN_REFUSED', retryable: false });
});

test.each<[status: number, headers: Record<string, string>, expected: object]>([
  [429, {}, { code: 'TOO_MANY_REQUESTS', retryable: true, retryAfterSeconds: expect.any(Number) as number }],
  [429, { 'retry-after': '7' }, { code: 'TOO_MANY_REQUESTS', status: 429, retryAfterSeconds: 7 }],
  [403, {}, { code: 'ACCESS_DENIED', retryable: false }],
  [400, {}, { code: 'HTTP_STATUS', retryable: false, message: 'Auth0 answered 400 said_so: in words.' }],
  [503, {}, { code: 'HTTP_STATUS', status: 503, retryable: false }],
])('%i, case %#', async (status, headers, expected) => {
  const id = await register();
  const reset = String(Math.floor(Date.now() / 1000) + 30);
  auth0.answerNext(({ response }) =>
    sendJson(response, { errorCode: 'said_so', message: 'in words.' }, status, {
      'x-ratelimit-reset': reset,
      ...headers,
    }),
  );
  expect(await invoke(id, 'createUser', { connection: 'x' })).toMatchObject(expected);
});

test.each([
  ['no JSON', 'hello', 'INVALID_OUTPUT'],
  ['null', 'null', 'INVALID_OUTPUT'],
  ['no list', '{"users":{}}', 'INVALID_OUTPUT'],
  ['nested too deep', '['.repeat(100_000), 'INVALID_OUTPUT'],
  ['too much', `{"users":"${'x'.repeat(2 * 1024 * 1024)}"}`, 'TOO_LARGE'],
])('an answer that cannot be used: %s', async (_what, body, code) => {
  const id = await register();
  auth0.answerNext(({ response }) => void response.end(body));
  expect(await invoke(id, 'listUsers', {})).toMatchObject({ code, retryable: false });
});
