import { createHash } from 'node:crypto';
import { ACCESS_TOKEN, type Viewer } from '@flowmesh/platform/access';
import { hash as bcrypt } from 'bcrypt';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';

// Hashing passwords takes its time.
jest.setTimeout(60_000);

let auth: AuthUnderTest;
let admin: { readonly identifier: string; readonly password: string };

beforeAll(async () => {
  auth = await startAuth();
  const first = auth.subgraph.firstAdministrator;
  admin = { identifier: first?.email ?? '', password: first?.password ?? '' };
});
afterAll(() => auth.stop());

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  __typename
  ... on LoginSuccess {
    user { id username email scopes roles { name } }
    tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt tokenType }
  }
  ... on MutationError { code }
  ... on InvalidInputError { fields { path } }
} }`;
const REFRESH = `mutation ($token: String!) { refreshToken(input: { refreshToken: $token }) {
  __typename ... on RefreshTokenSuccess { tokens { accessToken refreshToken } } ... on MutationError { code }
} }`;

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}
interface Refreshed {
  readonly __typename: string;
  readonly tokens?: Tokens;
}

const login = async (input: object = admin) =>
  (await auth.ask<{ login: { __typename: string; tokens: Tokens; user: { id: string } } }>(LOGIN, { input })).login;
const refresh = async (token: string) => (await auth.ask<{ refreshToken: Refreshed }>(REFRESH, { token })).refreshToken;
const sessionOf = (viewer: Viewer): string => (viewer.kind === 'user' ? viewer.sessionId : '');
const revocations = async (sessionId: string) =>
  (
    await auth.pool.query<{ reason: string }>(
      `select payload->>'reason' as reason from outbox_events where type = 'session.revoked' and stream = $1`,
      [`session:${sessionId}`],
    )
  ).rows.map(({ reason }) => reason);

test('signing in gives an access token that the published keys verify, and nothing more', async () => {
  const { tokens, user, ...rest } = await login();
  expect(rest).toEqual({ __typename: 'LoginSuccess' });
  expect(user).toEqual({
    id: expect.any(String),
    username: 'admin',
    email: 'admin@flowmesh.local',
    scopes: ['*:*'],
    roles: [{ name: 'admin' }],
  });
  const jwks = await auth.subgraph.identity.jwks();
  expect(jwks.keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']]);
  const { payload, protectedHeader } = await jwtVerify(tokens.accessToken, createLocalJWKSet(jwks), {
    algorithms: [ACCESS_TOKEN.algorithm],
    typ: ACCESS_TOKEN.type,
    issuer: ACCESS_TOKEN.issuer,
    audience: ACCESS_TOKEN.audience,
    subject: user.id,
  });
  expect(protectedHeader.kid).toBe(jwks.keys[0]?.kid);
  expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
  expect(payload.exp! - payload.iat!).toBe(900);
  const question = { sessionId: payload.sid as string, tokenId: payload.jti! };
  expect(await auth.subgraph.identity.sessions([question])).toEqual([
    {
      userId: user.id,
      scopes: ['*:*'],
      roleIds: [expect.any(String)],
      recentUntil: expect.any(Number),
      mfaEnrolmentRequired: false,
    },
  ]);
});

test('an unknown user, a wrong password and a suspended user get the same answer', async () => {
  const refusal = { __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS' };
  expect(await login({ ...admin, password: 'not the password' })).toEqual(refusal);
  expect(await login({ identifier: 'nobody@flowmesh.test', password: 'not the password' })).toEqual(refusal);
  const { user } = await login();
  await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [user.id]);
  const suspended = await login();
  await auth.pool.query(`update users set status = 'ACTIVE' where id = $1`, [user.id]);
  expect(suspended).toEqual(refusal);
});

test('a password with a NUL is refused', async () => {
  const refused = { __typename: 'InvalidInputError', code: 'INVALID_INPUT', fields: [{ path: 'password' }] };
  expect(await login({ identifier: 'a', password: 'a\0b' })).toEqual(refused);
});

test('a hash from before digests is replaced at the next sign-in, and only then', async () => {
  const { rows } = await auth.pool.query<{ hash: string }>('select password_hash as hash from users');
  const stored = async () =>
    (await auth.pool.query<{ hash: string }>('select password_hash as hash from users')).rows[0]!.hash;
  const old = await bcrypt(admin.password, 4);
  await auth.pool.query('update users set password_hash = $1 where password_hash = $2', [old, rows[0]!.hash]);
  expect(await login({ ...admin, password: `${admin.password}!` })).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(await stored()).toBe(old);
  await login();
  const upgraded = await stored();
  expect(upgraded).toMatch(/^hmac-sha384:[\w-]{8}\$2b\$04\$/);
  expect(upgraded).not.toBe(rows[0]!.hash);
  await login();
  expect(await stored()).toBe(upgraded);
});

/** As if the token had been exchanged so much longer ago. */
const longerAgo = (token: string, seconds: number) =>
  auth.pool.query(
    `update spent_refresh_tokens set spent_at = spent_at - $2 * interval '1 second' where token_hash = $1`,
    [createHash('sha256').update(token).digest('hex'), seconds],
  );
const refused = { __typename: 'InvalidRefreshTokenError', code: 'INVALID_REFRESH_TOKEN' };

test('of 50 refreshes with one token all get the same next one, and the session goes on', async () => {
  const { tokens } = await login();
  const results = await Promise.all(Array.from({ length: 50 }, () => refresh(tokens.refreshToken)));
  expect(new Set(results.map(({ __typename }) => __typename))).toEqual(new Set(['RefreshTokenSuccess']));
  const next = new Set(results.map((result) => result.tokens!.refreshToken));
  expect(next.size).toBe(1);
  const viewer = await auth.viewerOf(results[0]!.tokens!.accessToken);
  expect(viewer.kind).toBe('user');
  expect(await revocations(sessionOf(viewer))).toEqual([]);
  expect((await refresh([...next][0]!)).__typename).toBe('RefreshTokenSuccess');
});

test('two windows that refresh one after the other both go on, and a later reuse still ends the session', async () => {
  const { tokens } = await login();
  const first = (await refresh(tokens.refreshToken)).tokens!;
  // Far within the ten seconds, and not at the same moment.
  await longerAgo(tokens.refreshToken, 8);
  const second = (await refresh(tokens.refreshToken)).tokens!;
  expect(second.refreshToken).toBe(first.refreshToken);
  for (const { accessToken } of [first, second]) expect((await auth.viewerOf(accessToken)).kind).toBe('user');
  const viewer = await auth.viewerOf(first.accessToken);
  expect(await revocations(sessionOf(viewer))).toEqual([]);

  await longerAgo(tokens.refreshToken, 10);
  expect(await refresh(tokens.refreshToken)).toEqual(refused);
  expect(await revocations(sessionOf(viewer))).toEqual(['TOKEN_REUSED']);
  expect(await refresh(first.refreshToken)).toEqual(refused);
});

test('the database alone does not tell what a token was exchanged for, and forgets it at the next exchange', async () => {
  const { tokens } = await login();
  const next = (await refresh(tokens.refreshToken)).tokens!.refreshToken;
  const kept = async () =>
    (
      await auth.pool.query<{ successor: string | null }>(
        `select sealed_successor as successor from spent_refresh_tokens where token_hash = $1`,
        [createHash('sha256').update(tokens.refreshToken).digest('hex')],
      )
    ).rows[0]!.successor;
  expect(await kept()).toEqual(expect.not.stringContaining(next));
  await refresh(next);
  expect(await kept()).toBeNull();
});

test('a token used twice ends its session: the last one after ten seconds, an older one at once', async () => {
  for (const generations of [1, 3]) {
    const first = (await login()).tokens;
    const viewer = await auth.viewerOf(first.accessToken);
    let newest: Tokens = first;
    for (let i = 0; i < generations; i += 1) newest = (await refresh(newest.refreshToken)).tokens!;
    if (generations === 1) await longerAgo(first.refreshToken, 10);
    expect(await refresh(first.refreshToken)).toEqual(refused);
    expect(await refresh(newest.refreshToken)).toEqual(refused);
    expect(await refresh(first.refreshToken)).toEqual(refused);
    expect(await revocations(sessionOf(viewer))).toEqual(['TOKEN_REUSED']);
    expect(await auth.viewerOf(newest.accessToken)).toEqual({ kind: 'anonymous' });
  }
});

test('what is no token changes nothing', async () => {
  for (const token of ['', 'x', 'ä'.repeat(43), 'A'.repeat(43), 'A\0'.repeat(30)]) {
    expect((await refresh(token)).__typename).toBe('InvalidRefreshTokenError');
  }
  const questions = [
    { sessionId: 'no\0session', tokenId: 'x' },
    { sessionId: 'x', tokenId: 'no\0token' },
  ];
  expect(await auth.subgraph.identity.sessions(questions)).toEqual([null, null]);
});

test('logging out ends the session, once', async () => {
  const { tokens } = await login();
  const viewer = await auth.viewerOf(tokens.accessToken);
  const logout = () => auth.ask('mutation { logout { ... on LogoutSuccess { sessionId } } }', {}, viewer);
  expect(await Promise.all([logout(), logout()])).toEqual(Array(2).fill({ logout: { sessionId: sessionOf(viewer) } }));
  expect(await revocations(sessionOf(viewer))).toEqual(['LOGOUT']);
  expect((await refresh(tokens.refreshToken)).__typename).toBe('InvalidRefreshTokenError');
  expect(await auth.viewerOf(tokens.accessToken)).toEqual({ kind: 'anonymous' });
});

test('nothing goes on beyond 30 days, or for a suspended user', async () => {
  const { tokens, user } = await login();
  const viewer = await auth.viewerOf(tokens.accessToken);
  const { rows } = await auth.pool.query(
    'select round(extract(epoch from expires_at - created_at)) as seconds from sessions where id = $1',
    [sessionOf(viewer)],
  );
  expect(Number(rows[0].seconds)).toBe(30 * 86_400);
  await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [user.id]);
  const suspended = [(await refresh(tokens.refreshToken)).__typename, await auth.viewerOf(tokens.accessToken)];
  await auth.pool.query(`update users set status = 'ACTIVE' where id = $1`, [user.id]);
  expect(suspended).toEqual(['InvalidRefreshTokenError', { kind: 'anonymous' }]);
  await auth.pool.query(`update sessions set expires_at = now() where id = $1`, [sessionOf(viewer)]);
  expect((await refresh(tokens.refreshToken)).__typename).toBe('InvalidRefreshTokenError');
  expect(await auth.viewerOf(tokens.accessToken)).toEqual({ kind: 'anonymous' });
});
