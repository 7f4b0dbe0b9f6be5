import { createHash } from 'node:crypto';
import { ANONYMOUS, NO_CLIENT, type Client, type Viewer } from '@flowmesh/platform/access';
import { readSettings } from '@flowmesh/platform/config';
import { createLocalSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { createLogger } from '@flowmesh/platform/logging';
import { until } from '@flowmesh/platform/testing';
import { base64url, exportSPKI, importJWK, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { authSettings } from '../../auth-config.ts';
import { Auth0Tenant, newKey } from '../../testing/auth0-tenant.ts';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { openInbox, type Inbox } from '../../testing/inbox.ts';
import type { AuthSubgraph } from '../../subgraph.ts';

// Hashing passwords takes its time.
jest.setTimeout(120_000);

let tenant: Auth0Tenant;
let auth: AuthUnderTest;
let inbox: Inbox;
const THROTTLE = { perAccount: 100, perAddress: 1_000, windowSeconds: 900 };
beforeAll(async () => {
  tenant = await Auth0Tenant.start();
  auth = await startAuth({ working: true, config: { auth0: tenant.config, throttle: THROTTLE } });
  inbox = await openInbox(auth.subgraph);
});
afterAll(async () => {
  await inbox?.close();
  await auth?.stop();
  await tenant?.stop();
});

interface Answer {
  readonly __typename: string;
  readonly code?: string;
  readonly fields?: readonly { readonly path: string }[];
  readonly challengeToken?: string;
  readonly tokens?: { readonly accessToken: string };
  readonly user?: Record<string, unknown> & { readonly id: string };
}
const LOGIN = `mutation ($input: LoginWithAuth0Input!) {
  loginWithAuth0(input: $input) {
    __typename
    ... on LoginSuccess {
      tokens { accessToken }
      user { id email username firstName lastName status emailVerified auth0Id roles { name } }
    }
    ... on MfaRequired { challengeToken }
    ... on MutationError { code }
    ... on InvalidInputError { fields { path } }
  }
}`;
const login = async (idToken: string, more: object = {}) =>
  (await auth.ask<{ loginWithAuth0: Answer }>(LOGIN, { input: { idToken, ...more } })).loginWithAuth0;
const code = async (idToken: string, more: object = {}) => {
  const { __typename, code: given } = await login(idToken, more);
  return given ?? __typename;
};

const mutate = async (name: string, input: object) =>
  (
    await auth.ask<Record<string, { readonly __typename: string }>>(
      `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`,
      { input },
    )
  )[name]?.__typename;

const rows = async (sql: string, ...values: unknown[]) =>
  (await auth.pool.query<Record<string, unknown>>(sql, values)).rows;
/** Mails come behind the answer. */
async function inboxHas(email: string, wanted: readonly string[]): Promise<void> {
  await until(`${wanted.length} mails to ${email}`, async () => (await inbox.mailsTo(email)).length >= wanted.length);
  expect((await inbox.mailsTo(email)).map(({ subject }) => subject)).toEqual(wanted);
}
const userOf = async (email: string) =>
  (
    await rows(
      `select auth0_id, status::text, email_verified, password_hash is not null as has_password, first_name
       from users where email = $1`,
      email,
    )
  )[0];
/** All that a sign-in can change. */
const everything = async () => [
  await rows('select md5(string_agg(u::text, $1 order by id)) from users u', ','),
  await rows('select (select count(*) from sessions) + (select count(*) from used_id_tokens) as n'),
];

test('somebody new becomes a user, and is the same one the next time', async () => {
  const sub = 'auth0|first';
  const email = 'First.Person@Example.org';
  const first = await login(await tenant.token({ sub, email }));
  expect(first).toMatchObject({
    __typename: 'LoginSuccess',
    user: {
      email: 'first.person@example.org',
      username: 'first.person',
      firstName: 'Ada',
      lastName: 'Lovelace',
      status: 'ACTIVE',
      emailVerified: true,
      auth0Id: sub,
      roles: [{ name: 'member' }],
    },
  });
  expect(await auth.viewerOf(first.tokens!.accessToken)).toMatchObject({ kind: 'user', userId: first.user!.id });
  // Auth0 may call the person something else meanwhile: here nothing changes.
  const again = await login(await tenant.token({ sub, email: 'other@example.org', given_name: 'Eve' }));
  expect(again.user).toEqual(first.user);
  // Not even an address that is not verified matters then.
  expect((await login(await tenant.token({ sub, email_verified: false }))).user).toEqual(first.user);
  expect(
    await rows(
      `select action, outcome, details, actor_id from audit_logs where subject_id = $1 order by occurred_at, id`,
      first.user!.id,
    ),
  ).toEqual([
    { action: 'user.registered', outcome: 'SUCCESS', details: { auth0: true }, actor_id: first.user!.id },
    ...Array.from({ length: 3 }, () => ({
      action: 'user.login',
      outcome: 'SUCCESS',
      details: { mfa: false },
      actor_id: first.user!.id,
    })),
  ]);
  // There is no password, and nothing is one.
  for (const password of ['null', 'undefined', 'a long enough password']) {
    expect(await mutate('login', { identifier: email, password })).toBe('InvalidCredentialsError');
  }
});

test('a token is good once, also when it comes twenty times at once', async () => {
  const token = await tenant.token();
  const answers = await Promise.all(Array.from({ length: 20 }, () => code(token)));
  expect(answers.sort()).toEqual([...Array.from({ length: 19 }, () => 'INVALID_ID_TOKEN'), 'LoginSuccess']);
  // The same token, written another way.
  const [head, body, signature = ''] = token.split('.');
  expect(await code(`${head}.${body}.${Buffer.from(signature, 'base64url').toString('base64url')}`)).toBe(
    'INVALID_ID_TOKEN',
  );
  const [stored] = await rows(
    'select token_hash, expires_at > now() + $1::interval as long from used_id_tokens where token_hash = $2',
    '9 hours',
    createHash('sha256').update(`${head}.${body}`).digest('hex'),
  );
  expect(stored).toMatchObject({ long: true });
});

test('twenty first sign-ins of one person at once make one user', async () => {
  const claims = { sub: 'auth0|parallel', email: 'parallel@example.org' };
  const tokens = await Promise.all(Array.from({ length: 20 }, () => tenant.token(claims)));
  const answers = await Promise.all(tokens.map((token) => login(token)));
  expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['LoginSuccess']));
  expect(new Set(answers.map(({ user }) => user?.id)).size).toBe(1);
  expect(await rows('select count(*)::int as n from users where email = $1', claims.email)).toEqual([{ n: 1 }]);
});

/** Another process on the same database asks. */
function asking(replica: AuthSubgraph, client: Client = NO_CLIENT) {
  const source = createLocalSource(replica, createLogger({ level: 'silent', name: 'test' }));
  return async (idToken: string) => {
    const call = { viewer: ANONYMOUS, client, requestId: newId() };
    const { data, errors } = await source.execute({ query: LOGIN, variables: { input: { idToken } } }, call);
    const answer = data as { loginWithAuth0: Answer } | null | undefined;
    return answer?.loginWithAuth0.__typename ?? errors?.[0]?.extensions['code'];
  };
}

describe('a user who has the address already', () => {
  const PASSWORD = 'a long enough password';
  async function registered(email: string) {
    await mutate('register', { email, password: PASSWORD, firstName: 'Mallory' });
  }

  test('is linked when it is confirmed, keeps the password, and is told by mail', async () => {
    const email = 'linked@example.org';
    await registered(email);
    await mutate('verifyEmail', { token: await inbox.tokenFor(email, 'Confirm your e-mail address') });
    const { user } = await login(await tenant.token({ sub: 'auth0|linked', email }));
    expect(await userOf(email)).toEqual({
      auth0_id: 'auth0|linked',
      status: 'ACTIVE',
      email_verified: true,
      has_password: true,
      first_name: 'Mallory',
    });
    expect(await mutate('login', { identifier: email, password: PASSWORD })).toBe('LoginSuccess');
    const subjects = (await inbox.mailsTo(email)).map(({ subject }) => subject);
    expect(subjects).toEqual(['Confirm your e-mail address', 'You can sign in with Auth0']);
    expect(
      await rows(
        `select details, actor_id from audit_logs where action = 'user.auth0_linked' and target_id = $1`,
        user!.id,
      ),
    ).toEqual([{ details: { takenOver: false }, actor_id: user!.id }]);
    // Linked with one account of Auth0, and with no second one.
    const before = await everything();
    expect(await code(await tenant.token({ sub: 'auth0|second', email }))).toBe('SIGN_IN_REFUSED');
    expect(await everything()).toEqual(before);
  });

  test('is taken over when nobody ever confirmed it: the stranger’s password and links are void', async () => {
    const email = 'hijacked@example.org';
    await registered(email);
    const link = await inbox.tokenFor(email, 'Confirm your e-mail address');
    expect(await login(await tenant.token({ sub: 'auth0|owner', email }))).toMatchObject({
      __typename: 'LoginSuccess',
    });
    expect(await userOf(email)).toEqual({
      auth0_id: 'auth0|owner',
      status: 'ACTIVE',
      email_verified: true,
      has_password: false,
      first_name: 'Ada',
    });
    expect(await mutate('login', { identifier: email, password: PASSWORD })).toBe('InvalidCredentialsError');
    expect(await mutate('verifyEmail', { token: link })).toBe('InvalidMailTokenError');
    // A password of one's own comes by mail.
    await mutate('requestPasswordReset', { email });
    const token = await inbox.tokenFor(email, 'Choose a new password');
    expect(await mutate('resetPassword', { token, newPassword: 'another long password' })).toBe('ResetPasswordSuccess');
    expect(await mutate('login', { identifier: email, password: 'another long password' })).toBe('LoginSuccess');
  });

  test('is not linked by an address that Auth0 has not verified', async () => {
    const email = 'unverified@example.org';
    await registered(email);
    const before = await everything();
    for (const claims of [
      { email_verified: false },
      { email_verified: 'true' },
      { email_verified: undefined },
      { email: undefined },
      { email: 'not an address' },
    ]) {
      expect(await code(await tenant.token({ email, ...claims }))).toBe('UNVERIFIED_EMAIL');
    }
    expect(await everything()).toEqual(before);
  });
});

test('whoever is suspended does not get in', async () => {
  const sub = 'auth0|suspended';
  const { user } = await login(await tenant.token({ sub }));
  await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [user!.id]);
  const before = await everything();
  expect(await code(await tenant.token({ sub }))).toBe('SIGN_IN_REFUSED');
  await auth.pool.query('update users set auth0_id = null where id = $1', [user!.id]);
  expect(await code(await tenant.token({ sub, email: String(user!['email']) }))).toBe('SIGN_IN_REFUSED');
  await auth.pool.query('update users set auth0_id = $2 where id = $1', [user!.id, sub]);
  expect(await everything()).toEqual(before);
});

test('the second factor is asked for here as well', async () => {
  const sub = 'auth0|mfa';
  const { user } = await login(await tenant.token({ sub }));
  await auth.pool.query('update users set mfa_enabled = true where id = $1', [user!.id]);
  expect(await login(await tenant.token({ sub }))).toEqual({
    __typename: 'MfaRequired',
    challengeToken: expect.any(String),
  });
  expect(await rows('select count(*)::int as n from sessions where user_id = $1', user!.id)).toEqual([{ n: 1 }]);
});

describe('unlinking', () => {
  const PASSWORD = 'a long enough password';
  const UNLINK = `mutation ($input: UnlinkAuth0Input!) { unlinkAuth0(input: $input) {
    __typename ... on UnlinkAuth0Success { user { auth0Id } } ... on MutationError { code } } }`;
  const unlink = async (viewer: Viewer, input: object = {}) =>
    (await auth.ask<{ unlinkAuth0: Answer }>(UNLINK, { input: { currentPassword: PASSWORD, ...input } }, viewer))
      .unlinkAuth0;
  const signIn = async (email: string) => {
    const query = `mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSuccess { tokens { accessToken } } } }`;
    const input = { identifier: email, password: PASSWORD };
    const { login: answer } = await auth.ask<{ login: { tokens: { accessToken: string } } }>(query, { input });
    return auth.viewerOf(answer.tokens.accessToken);
  };
  /** Somebody with a password, linked. */
  async function linked(name: string) {
    const email = `${name}@example.org`;
    const [id] = await rows('select id from users limit 1');
    const userId = id!['id'] as string;
    const admin: Viewer = {
      kind: 'user',
      userId,
      scopes: ['*:*'],
      sessionId: 'none',
      expiresAt: 4e9,
      recentUntil: 4e9,
    };
    await auth.ask(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }',
      { input: { email, password: PASSWORD } },
      admin,
    );
    const token = () => tenant.token({ sub: `auth0|${name}`, email });
    expect((await login(await token())).__typename).toBe('LoginSuccess');
    return { email, token };
  }

  test('takes the password; then the address links no more by itself, and the user is told', async () => {
    const { email, token } = await linked('unlinks');
    const [here, elsewhere] = [await signIn(email), await signIn(email)];
    expect(await unlink(here, { currentPassword: 'wrong' })).toEqual({
      __typename: 'WrongPasswordError',
      code: 'WRONG_PASSWORD',
    });
    expect(await unlink(here, { endOtherSessions: true })).toEqual({
      __typename: 'UnlinkAuth0Success',
      user: { auth0Id: null },
    });
    expect(await unlink(here)).toMatchObject({ code: 'NOT_FOUND' });
    const ended = await rows(
      `select distinct revoked_reason from sessions s join users u on u.id = s.user_id
       where email = $1 and s.id <> $2`,
      email,
      (here as { sessionId: string }).sessionId,
    );
    expect([ended, elsewhere.kind]).toEqual([[{ revoked_reason: 'AUTH0_UNLINKED' }], 'user']);
    expect(await code(await token())).toBe('SIGN_IN_REFUSED');
    expect(await userOf(email)).toMatchObject({ auth0_id: null, has_password: true });
    await inboxHas(email, ['You can sign in with Auth0', 'You sign in without Auth0 now']);
    const audit = await rows(
      `select outcome::text from audit_logs a join users u on u.id = a.subject_id
       where email = $1 and action = 'user.auth0_unlinked' order by occurred_at`,
      email,
    );
    expect(audit).toEqual([{ outcome: 'FAILURE' }, { outcome: 'SUCCESS' }]);
  });

  test('is taken back from a session of the same user, and of no other one', async () => {
    const { email, token } = await linked('links-again');
    const { email: other } = await linked('another');
    const me = await signIn(email);
    await unlink(me);
    const from = async (viewer: Viewer) =>
      (await auth.ask<{ loginWithAuth0: Answer }>(LOGIN, { input: { idToken: await token() } }, viewer)).loginWithAuth0;
    expect((await from(await signIn(other))).code).toBe('SIGN_IN_REFUSED');
    expect(await from(me)).toMatchObject({ __typename: 'LoginSuccess', user: { auth0Id: 'auth0|links-again' } });
    expect(await code(await token())).toBe('LoginSuccess');
  });
});

describe('tokens that are not good', () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const encoded = (value: object) => base64url.encode(JSON.stringify(value));
  const FORGERIES: Record<string, () => Promise<string> | string> = {
    'no token': () => 'not a token',
    'no algorithm': () => new UnsecuredJWT(tenant.claims()).encode(),
    'HS256 with the public key as secret': async () => {
      const pem = await exportSPKI(
        (await importJWK(tenant.key.publicJwk, 'RS256', { extractable: true })) as CryptoKey,
      );
      return new SignJWT(tenant.claims())
        .setProtectedHeader({ alg: 'HS256', kid: tenant.key.kid })
        .sign(new TextEncoder().encode(pem));
    },
    'another algorithm of the same key': async () => {
      const [, body] = (await tenant.token()).split('.');
      return `${encoded({ alg: 'PS256', kid: tenant.key.kid })}.${body}.AAAA`;
    },
    'another key under the same name': async () => tenant.token({}, { key: await newKey(tenant.key.kid) }),
    'a key of its own in jwk': async () => {
      const own = await newKey(tenant.key.kid);
      return tenant.token({}, { key: own, header: { jwk: own.publicJwk } });
    },
    'the address of its keys in jku': async () => {
      const own = await newKey('own');
      return tenant.token({}, { key: own, header: { jku: 'https://evil.example/jwks.json' } });
    },
    'claims exchanged': async () => {
      const [head, , signature] = (await tenant.token()).split('.');
      return `${head}.${encoded(tenant.claims({ sub: 'auth0|admin' }))}.${signature}`;
    },
    'another issuer': () => tenant.token({ iss: 'https://evil.auth0.test/' }),
    'the issuer without its slash': () => tenant.token({ iss: tenant.config.issuer.slice(0, -1) }),
    'another client': () => tenant.token({ aud: 'another client' }),
    'no client': () => tenant.token({ aud: undefined }),
    'two clients, given to neither': () => tenant.token({ aud: [tenant.config.clientId, 'another'] }),
    'given to another client': () => tenant.token({ azp: 'another' }),
    expired: () => tenant.token({ iat: now() - 120, exp: now() - 60 }),
    'without an end': () => tenant.token({ exp: undefined }),
    'older than ten minutes': () => tenant.token({ iat: now() - 700 }),
    'without a beginning': () => tenant.token({ iat: undefined }),
    'from the future': () => tenant.token({ iat: now() + 120 }),
    'not yet good': () => tenant.token({ nbf: now() + 120 }),
    'of nobody': () => tenant.token({ sub: undefined }),
    'of nobody, empty': () => tenant.token({ sub: '' }),
    'a critical header that nobody knows': async () => {
      const signed = `${encoded({ alg: 'RS256', kid: tenant.key.kid, crit: ['exp'], exp: 1 })}.${encoded(tenant.claims())}`;
      const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', tenant.key.privateKey, Buffer.from(signed));
      return `${signed}.${Buffer.from(signature).toString('base64url')}`;
    },
  };

  test.each(Object.keys(FORGERIES))('%s', async (name) => {
    const token = await FORGERIES[name]!();
    const before = await everything();
    expect(await code(token)).toBe('INVALID_ID_TOKEN');
    expect(await everything()).toEqual(before);
  });

  test('with a nonce, only that one', async () => {
    const nonce = 'n-0S6_WzA2Mj';
    const with_ = () => tenant.token({ nonce });
    expect(await code(await with_(), { nonce: 'another' })).toBe('INVALID_ID_TOKEN');
    expect(await code(await tenant.token(), { nonce })).toBe('INVALID_ID_TOKEN');
    expect(await code(await with_(), { nonce })).toBe('LoginSuccess');
  });

  test('given to this client among others they are good', async () => {
    const { clientId } = tenant.config;
    expect(await code(await tenant.token({ aud: [clientId, 'another'], azp: clientId }))).toBe('LoginSuccess');
  });

  test('too long, or nothing', async () => {
    for (const idToken of ['', 'x'.repeat(8_193)]) {
      expect(await login(idToken)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: 'idToken' }] });
    }
  });

  test('each failure is in the audit log, without the token', async () => {
    await login('eyJhbGciOiJSUzI1NiJ9.secret.secret');
    const [entry] = await rows(
      `select outcome, details, subject_id, l::text as row from audit_logs l where action = 'user.login'
       order by occurred_at desc, id desc limit 1`,
    );
    expect(entry).toMatchObject({
      outcome: 'FAILURE',
      details: { reason: 'INVALID_ID_TOKEN', auth0: true },
      subject_id: null,
    });
    expect(entry?.['row']).not.toContain('secret');
  });
});

describe('the keys of the tenant', () => {
  let fresh: Auth0Tenant;
  let attempt: ReturnType<typeof asking>;
  beforeEach(async () => {
    fresh = await Auth0Tenant.start();
    attempt = asking(await auth.replica({ auth0: fresh.config, throttle: THROTTLE }));
  });
  afterEach(() => fresh.stop());

  test('are read once, and again for a new one; tokens with made-up keys cause no further request', async () => {
    expect(await attempt(await fresh.token())).toBe('LoginSuccess');
    expect(await attempt(await fresh.token())).toBe('LoginSuccess');
    expect(fresh.requests).toBe(1);
    for (let count = 0; count < 20; count += 1) {
      const key = { ...fresh.key, kid: `made up ${count}` };
      expect(await attempt(await fresh.token({}, { key }))).toBe('InvalidIdTokenError');
    }
    expect(fresh.requests).toBe(1);
  });

  const broken: Record<string, Auth0Tenant['answer']> = {
    'an error': (response) => response.writeHead(500).end('{}'),
    'no JSON': (response) => response.writeHead(200).end('<html>'),
    'far too much': (response) => response.writeHead(200).end(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`),
    'another address': (response) => response.writeHead(302, { location: 'https://evil.example/' }).end(),
  };
  test.each(Object.keys(broken))('that answers with %s: UNAVAILABLE, and well again afterwards', async (name) => {
    fresh.answer = broken[name]!;
    const token = await fresh.token();
    expect(await attempt(token)).toBe('UNAVAILABLE');
    fresh.answer = null;
    expect(await attempt(token)).toBe('LoginSuccess');
  });

  test('that does not answer is given up after five seconds', async () => {
    fresh.answer = () => undefined;
    expect(await attempt(await fresh.token())).toBe('UNAVAILABLE');
  });
});

test('where nobody may register, nobody comes by Auth0 either; where it is not set up, it says so', async () => {
  const token = await tenant.token();
  const closed = await auth.replica({ registrationOpen: false, auth0: tenant.config });
  const without = await auth.replica({ auth0: null });
  const before = await everything();
  expect(await asking(closed)(token)).toBe('RegistrationClosedError');
  expect(await asking(without)(token)).toBe('Auth0NotConfiguredError');
  expect(await everything()).toEqual(before);
  expect(await code(token)).toBe('LoginSuccess');
});

test('tries are counted per address', async () => {
  const client = { ...NO_CLIENT, address: '198.51.100.7' };
  const few = await auth.replica({ auth0: tenant.config, throttle: { ...THROTTLE, perAddress: 3 } });
  const attempt = asking(few, client);
  // What succeeds does not count.
  for (let count = 0; count < 5; count += 1) expect(await attempt(await tenant.token())).toBe('LoginSuccess');
  for (let count = 0; count < 3; count += 1) expect(await attempt('no token')).toBe('InvalidIdTokenError');
  expect(await attempt(await tenant.token())).toBe('RATE_LIMITED');
});

test('the configuration names both, or neither', () => {
  const load = (environment: Record<string, string>) => readSettings(authSettings, environment);
  expect(load({}).auth0).toBeNull();
  expect(load({ AUTH0_DOMAIN: 'Example.EU.auth0.com', AUTH0_CLIENT_ID: 'abc' }).auth0).toEqual({
    issuer: 'https://example.eu.auth0.com/',
    clientId: 'abc',
    jwksUrl: 'https://example.eu.auth0.com/.well-known/jwks.json',
  });
  const problems = (environment: Record<string, string>) => {
    try {
      load(environment);
      return [];
    } catch (error) {
      return (error as { problems: string[] }).problems;
    }
  };
  expect(problems({ AUTH0_DOMAIN: 'a.auth0.com' })).toEqual(['AUTH0_CLIENT_ID must be set when AUTH0_DOMAIN is']);
  expect(problems({ AUTH0_CLIENT_ID: 'abc' })).toEqual(['AUTH0_DOMAIN must be set when AUTH0_CLIENT_ID is']);
  expect(problems({ AUTH0_DOMAIN: 'https://a.auth0.com', AUTH0_CLIENT_ID: 'abc' })).toEqual([
    'AUTH0_DOMAIN must be the domain of a tenant, e.g. example.eu.auth0.com, not "https://a.auth0.com"',
  ]);
});
