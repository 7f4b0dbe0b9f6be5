import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { OIDC_CLIENT, startOidcServer, type OidcServer } from '../../testing/oidc-server.ts';
import { mutate, registered } from '../../testing/operations.ts';

const owner = userOf('owner');
const REDIRECT_URI = 'https://client.example/authorized';
const NO_RETRY = { retry: { maxAttempts: 1 } };
const OPERATIONS = [{ name: 'read', method: 'GET', path: '/things' }];
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let other: IntegrationProcess;
let oidc: OidcServer;
let service: HttpDouble;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  [one, other] = await Promise.all([integrations.process(), integrations.process()]);
  oidc = await startOidcServer(REDIRECT_URI);
  service = await HttpDouble.start(({ headers, response }) => {
    const [, token = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
    void oidc.accepts(token).then((good) => sendJson(response, { good }, good ? 200 : 401));
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await oidc.stop();
  await integrations.stop();
}, 30_000);

const http = (authentication: object, clientSecret: string = OIDC_CLIENT.secret) =>
  registered(one, owner, {
    configuration: {
      baseUrl: service.url,
      authentication: { tokenUrl: `${oidc.url}/token`, clientId: OIDC_CLIENT.id, ...authentication },
    },
    credentials: { clientSecret },
    operations: OPERATIONS,
    policy: NO_RETRY,
  });
const byClient = (more: object = {}, secret?: string) => http({ type: 'OAUTH2_CLIENT_CREDENTIALS', ...more }, secret);
const byPerson = (more: object = {}) =>
  http({
    type: 'OAUTH2_AUTHORIZATION_CODE',
    authorizationUrl: `${oidc.url}/auth`,
    scope: 'openid offline_access things',
    parameters: { prompt: 'consent' },
    ...more,
  });

const read = (process: IntegrationProcess, id: string) =>
  mutate(process, owner, 'invokeIntegration', { id, operation: 'read' });
const endNow = (id: string) =>
  integrations.pool.query('update integration_tokens set expires_at = now() where integration_id = $1', [id]);

interface Begun {
  readonly __typename: string;
  readonly authorizationUrl: string;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

const begin = (id: string, viewer = owner, redirectUri: string | null = REDIRECT_URI): Promise<Begun> =>
  one.mutate<Begun>(
    viewer,
    'beginIntegrationAuthorization',
    { id, redirectUri },
    '... on BeginIntegrationAuthorizationSuccess { authorizationUrl redirectUri } ... on InvalidInputError { fields { path message } }',
  );
const complete = (redirectedTo: string, viewer = owner) =>
  one.mutate<{ readonly __typename: string; readonly code?: string; readonly message?: string }>(
    viewer,
    'completeIntegrationAuthorization',
    { redirectedTo },
    '... on CompleteIntegrationAuthorizationSuccess { integration { authorization { state } } }',
  );
const authorize = async (id: string) => complete(await oidc.allow((await begin(id)).authorizationUrl));

async function authorizationOf(id: string): Promise<unknown> {
  const { integration } = await one.ask<{ integration: { authorization: unknown } }>(
    owner,
    `{ integration(id: "${id}") { authorization { state renewable scope authorizedBy { id } lastError } } }`,
  );
  return integration.authorization;
}

/** Requests to the token endpoint while something is done. */
async function tokenRequests(work: () => Promise<unknown>): Promise<string[]> {
  const before = oidc.tokenRequests.length;
  await work();
  return oidc.tokenRequests.slice(before);
}

const good = { __typename: 'InvokeIntegrationSuccess', output: { good: true }, cached: false, attempts: 1 };
const atOnce = (id: string) =>
  Promise.all(Array.from({ length: 20 }, (_each, at) => read(at % 2 === 0 ? one : other, id)));

test('twenty calls at once in two processes ask for an access token once, and again once when it has ended', async () => {
  const id = await byClient({ scope: 'things' });
  expect(await tokenRequests(async () => expect(await atOnce(id)).toEqual(Array(20).fill(good)))).toEqual([
    'client_credentials',
  ]);
  await endNow(id);
  expect(await tokenRequests(async () => expect(await atOnce(id)).toEqual(Array(20).fill(good)))).toEqual([
    'client_credentials',
  ]);
  expect(await authorizationOf(id)).toEqual({
    state: 'AUTHORIZED',
    renewable: true,
    scope: 'things',
    authorizedBy: null,
    lastError: null,
  });
});

test('a process that dies while it asks for a token holds the others up only until its lease is over', async () => {
  const id = await byClient();
  expect(await read(one, id)).toEqual(good);
  await integrations.pool.query(
    `update integration_tokens set expires_at = now(), lease_token = 'of the dead', lease_until = now() + interval '1 s'
     where integration_id = $1`,
    [id],
  );
  expect(await tokenRequests(async () => expect(await atOnce(id)).toEqual(Array(20).fill(good)))).toEqual([
    'client_credentials',
  ]);
});

test('id and secret are sent as forms encode them, and no further', async () => {
  const id = await byClient({ clientId: 'a-b_c.d e' }, 'f-g:h+');
  const seen: string[] = [];
  const watched = await HttpDouble.start(({ headers, response }) => {
    seen.push(Buffer.from(String(headers.authorization).slice('Basic '.length), 'base64').toString());
    sendJson(response, { access_token: 'given', token_type: 'Bearer' });
  });
  await integrations.pool.query(
    `update integrations set configuration = jsonb_set(configuration, '{authentication,tokenUrl}', to_jsonb($2::text))
     where id = $1`,
    [id, `${watched.url}/token`],
  );
  await read(one, id);
  await watched.stop();
  expect(new Set(seen)).toEqual(new Set(['a-b_c.d+e:f-g%3Ah%2B']));
});

test('the secret may be sent in the body, and settings are tried without being stored', async () => {
  expect(await read(one, await byClient({ clientAuthentication: 'POST' }))).toEqual(good);
  const configuration = {
    baseUrl: service.url,
    authentication: { type: 'OAUTH2_CLIENT_CREDENTIALS', tokenUrl: `${oidc.url}/token`, clientId: OIDC_CLIENT.id },
  };
  const given = { type: 'HTTP', configuration, credentials: { clientSecret: OIDC_CLIENT.secret } };
  expect((await mutate(one, owner, 'testIntegrationClient', given)).test).toMatchObject({ succeeded: true });
});

test('a client that is refused is told by what, without its secret, and so is the health of the integration', async () => {
  const id = await byClient({}, 'not the secret of the client');
  const failed = {
    __typename: 'IntegrationCallFailedError',
    code: 'TOKEN_REFUSED',
    message: 'The token endpoint refused: invalid_client (client authentication failed).',
    attempts: 1,
    retryable: false,
    fault: false,
    status: null,
    retryAfterSeconds: null,
  };
  expect(await read(one, id)).toEqual(failed);
  expect((await mutate(one, owner, 'testIntegration', { id })).test).toEqual({
    succeeded: false,
    credentialsTried: false,
    code: failed.code,
    message: failed.message,
  });
  expect(await authorizationOf(id)).toMatchObject({ state: 'FAILING', lastError: failed.message });
});

test('a person allows it once; the access token is renewed with the refresh token, by one of all calls', async () => {
  const id = await byPerson();
  expect(await read(one, id)).toMatchObject({ code: 'AUTHORIZATION_REQUIRED' });
  expect(await authorizationOf(id)).toMatchObject({ state: 'REQUIRED', authorizedBy: null });
  expect(await authorize(id)).toEqual({
    __typename: 'CompleteIntegrationAuthorizationSuccess',
    integration: { authorization: { state: 'AUTHORIZED' } },
  });
  expect(await authorizationOf(id)).toEqual({
    state: 'AUTHORIZED',
    renewable: true,
    scope: 'openid offline_access things',
    authorizedBy: { id: 'owner' },
    lastError: null,
  });
  expect(await tokenRequests(async () => expect(await atOnce(id)).toEqual(Array(20).fill(good)))).toEqual([]);
  for (let round = 0; round < 2; round += 1) {
    await endNow(id);
    expect(await tokenRequests(async () => expect(await atOnce(id)).toEqual(Array(20).fill(good)))).toEqual([
      'refresh_token',
    ]);
  }
});

test('what was begun is completed once, by whoever began it, and only with the settings it was begun with', async () => {
  const id = await byPerson();
  const first = await oidc.allow((await begin(id)).authorizationUrl);
  const stranger = userOf('stranger');
  const refused = { __typename: 'InvalidInputError' };
  expect(await complete(first, stranger)).toMatchObject(refused);
  expect((await begin(id, stranger)).__typename).toBe('NotFoundError');
  expect(await complete(first)).toMatchObject({ __typename: 'CompleteIntegrationAuthorizationSuccess' });
  expect(await complete(first)).toMatchObject(refused);
  expect(await complete(`${REDIRECT_URI}?code=x`)).toMatchObject(refused);
  expect(await complete('no address')).toMatchObject(refused);

  const again = await oidc.allow((await begin(id)).authorizationUrl);
  await integrations.pool.query(
    `update integrations set configuration = jsonb_set(configuration, '{authentication,scope}', '"openid"') where id = $1`,
    [id],
  );
  expect(await complete(again)).toMatchObject(refused);
  // The tokens from before were given for other settings.
  expect(await read(one, id)).toMatchObject({ code: 'AUTHORIZATION_REQUIRED' });
});

test('what the person or the service refuses is told, and changes nothing', async () => {
  const id = await byPerson();
  const state = () => begin(id).then(({ authorizationUrl }) => new URL(authorizationUrl).searchParams.get('state'));
  expect(await complete(`${REDIRECT_URI}?error=access_denied&error_description=no&state=${await state()}`)).toEqual({
    __typename: 'IntegrationAuthorizationFailedError',
    code: 'AUTHORIZATION_REFUSED',
    message: 'It was refused: access_denied (no).',
  });
  expect(await complete(`${REDIRECT_URI}?code=made-up&state=${await state()}`)).toMatchObject({
    code: 'AUTHORIZATION_REQUIRED',
  });
  const twice = await state();
  expect(await complete(`${REDIRECT_URI}?code=a&code=b&state=${twice}`)).toMatchObject({
    code: 'AUTHORIZATION_REFUSED',
  });
  expect(await authorizationOf(id)).toMatchObject({ state: 'REQUIRED' });
});

test('an access token that the service does not accept is renewed at once; when that is refused, somebody must allow it again', async () => {
  const client = await byClient();
  service.calls.length = 0;
  expect(await read(one, client)).toEqual(good);
  await oidc.revoke(String(service.calls[0]?.headers.authorization).slice('Bearer '.length));
  expect(await tokenRequests(async () => expect(await read(one, client)).toEqual(good))).toEqual([
    'client_credentials',
  ]);
  expect(service.calls.length).toBe(3);
  const id = await byPerson();
  await authorize(id);
  expect(await read(one, id)).toEqual(good);
  await oidc.revokeAll();
  expect(await read(one, id)).toMatchObject({
    code: 'AUTHORIZATION_REQUIRED',
    message: expect.stringContaining('invalid_grant') as string,
  });
  expect(await authorizationOf(id)).toMatchObject({ state: 'REQUIRED', lastError: expect.any(String) as string });
  await authorize(id);
  expect(await read(one, id)).toEqual(good);
});

test('only integrations whose settings say so are authorized, with an address that codes may be sent to', async () => {
  const id = await byClient();
  expect((await begin(id)).fields).toEqual([
    { path: 'id', message: 'must have the authentication OAUTH2_AUTHORIZATION_CODE' },
  ]);
  const person = await byPerson();
  for (const redirectUri of [
    'http://elsewhere.example/',
    'javascript:alert(1)',
    'https://a.example/#b',
    'no address',
  ]) {
    expect((await begin(person, owner, redirectUri)).fields).toEqual([
      { path: 'redirectUri', message: 'must be an https address (http on this machine) without a fragment' },
    ]);
  }
  expect(await begin(person, owner, null)).toMatchObject({
    redirectUri: expect.stringMatching(/\/services\/integration\/authorized$/) as string,
  });
});

test('addresses inside are refused, and so are parameters that the grant sends itself', async () => {
  const authentication = {
    type: 'OAUTH2_AUTHORIZATION_CODE',
    tokenUrl: 'http://10.0.0.1/token',
    authorizationUrl: 'ftp://a.example/',
    clientId: 'x',
    clientAuthentication: 'NONE',
  };
  const input = (more: object) => ({
    ...{ name: 'inside', type: 'HTTP' },
    configuration: { baseUrl: service.url, authentication: { ...authentication, ...more } },
  });
  const { fields } = await mutate(one, owner, 'registerIntegration', input({}));
  expect(fields?.map(({ path }) => path)).toEqual([
    'configuration.authentication.tokenUrl',
    'configuration.authentication.authorizationUrl',
  ]);
  const own = await mutate(one, owner, 'registerIntegration', input({ parameters: { state: 'x' } }));
  expect(own.fields?.map(({ path }) => path)).toEqual(['configuration.authentication.parameters']);
});

test('no secret or token is in a log, or stands readable in the database', async () => {
  const id = await byPerson();
  await authorize(id);
  await read(one, id);
  const used = service.calls.map(({ headers }) => String(headers.authorization).slice('Bearer '.length));
  const tables = ['integrations', 'integration_tokens', 'integration_authorizations', 'integration_calls'];
  const rows = await Promise.all(
    [...tables, 'outbox_events'].map((table) => integrations.pool.query(`select t::text as row from ${table} t`)),
  );
  const everything = [...integrations.lines, ...rows.flatMap((result) => result.rows.map(({ row }) => String(row)))];
  for (const secret of [OIDC_CLIENT.secret, encodeURIComponent(OIDC_CLIENT.secret), ...used]) {
    expect(everything.filter((line) => line.includes(secret))).toEqual([]);
  }
});
