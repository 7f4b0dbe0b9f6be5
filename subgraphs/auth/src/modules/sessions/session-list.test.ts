import type { Client, Viewer } from '@flowmesh/platform/access';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { deviceOf } from './device.ts';

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
beforeEach(() => auth.pool.query('delete from sessions'));

const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15';
const laptop: Client = { address: '198.51.100.7', userAgent: SAFARI };
const script: Client = { address: '2001:db8::7', userAgent: 'curl/8.5.0' };
const stranger: Viewer = {
  kind: 'user',
  userId: 'somebody',
  scopes: ['user:read'],
  sessionId: 'theirs',
  expiresAt: 4e9,
  recentUntil: 4e9,
};

async function send<T>(query: string, variables: Record<string, unknown>, viewer?: Viewer, client?: Client) {
  const { data, errors } = await auth.send(query, variables, { ...(viewer && { viewer }), ...(client && { client }) });
  if (errors) throw new Error(JSON.stringify(errors));
  return Object.values(data!)[0] as T;
}

interface SignedIn {
  readonly tokens: { readonly accessToken: string; readonly refreshToken: string };
  readonly viewer: Extract<Viewer, { kind: 'user' }>;
}

async function signIn(client: Client = laptop): Promise<SignedIn> {
  const { tokens } = await send<Pick<SignedIn, 'tokens'>>(
    `mutation ($input: LoginInput!) { login(input: $input) {
      ... on LoginSuccess { tokens { accessToken refreshToken } }
    } }`,
    { input: admin },
    undefined,
    client,
  );
  return { tokens, viewer: (await auth.viewerOf(tokens.accessToken)) as SignedIn['viewer'] };
}

const LIST = `query ($filter: SessionFilter, $orderBy: SessionOrder, $first: Int, $after: String) {
  sessions(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      id status current address userAgent mfa lastUsedAt expiresAt endedAt endReason
      user { username } device { name kind browser os }
    }
    pageInfo { hasNextPage endCursor } totalCount
  }
}`;
interface Listed {
  readonly nodes: {
    readonly id: string;
    readonly status: string;
    readonly current: boolean;
    readonly lastUsedAt: Date;
    readonly expiresAt: Date;
    readonly endReason: string | null;
  }[];
  readonly pageInfo: { readonly endCursor: string };
  readonly totalCount: number;
}
const list = (viewer: Viewer, variables: object = {}) => send<Listed>(LIST, { ...variables }, viewer);
const idsOf = ({ nodes }: Listed) => nodes.map(({ id }) => id);
const goesOn = async ({ tokens }: SignedIn) => (await auth.viewerOf(tokens.accessToken)).kind === 'user';

test('one sees where one is signed in, and which session asks', async () => {
  const first = await signIn();
  const second = await signIn(script);
  const { nodes, totalCount } = await list(second.viewer);
  expect(totalCount).toBe(2);
  const rest = { status: 'ACTIVE', mfa: false, endedAt: null, endReason: null, user: { username: 'admin' } };
  const times = { lastUsedAt: expect.any(Date), expiresAt: expect.any(Date) };
  expect(nodes).toEqual([
    {
      ...{ id: second.viewer.sessionId, current: true, ...script, ...rest, ...times },
      device: { name: 'curl', kind: 'OTHER', browser: null, os: null },
    },
    {
      ...{ id: first.viewer.sessionId, current: false, ...laptop, ...rest, ...times },
      device: { name: 'Safari on macOS', kind: 'DESKTOP', browser: 'Safari 17.4', os: 'macOS 10.15.7' },
    },
  ]);
  // Not used again, it ends in 14 days.
  for (const { lastUsedAt, expiresAt } of nodes) expect(+expiresAt - +lastUsedAt).toBe(14 * 86_400_000);
});

test('others see nothing of it without the scope', async () => {
  const { viewer } = await signIn();
  for (const filter of [{ userId: viewer.userId }, { everybody: true }, {}, { userId: viewer.userId, status: null }]) {
    expect(await list(stranger, { filter })).toMatchObject({ nodes: [], totalCount: 0 });
  }
  const auditor: Viewer = { ...stranger, scopes: ['session:read-any'] };
  expect(idsOf(await list(auditor, { filter: { userId: viewer.userId } }))).toEqual([viewer.sessionId]);
  expect(idsOf(await list(auditor, { filter: { everybody: true } }))).toEqual([viewer.sessionId]);
  expect(await auth.refusal(LIST, { filter: { userId: 'x', everybody: true } }, auditor)).toEqual(['BAD_USER_INPUT']);
  expect(await auth.refusal(LIST, { filter: { userId: 'a\0' } }, auditor)).toEqual(['BAD_USER_INPUT']);
});

test('pages hold together in every order', async () => {
  const { viewer } = await signIn();
  await auth.pool.query(
    `insert into sessions (id, user_id, refresh_token_hash, expires_at, created_at, last_used_at)
     select 'page-' || n, $1, 'hash-' || n, now() + interval '1 day', now() - n % 3 * interval '1 hour',
            now() - n % 4 * interval '1 hour' from generate_series(1, 8) n`,
    [viewer.userId],
  );
  for (const field of ['CREATED_AT', 'LAST_USED_AT']) {
    for (const direction of ['ASC', 'DESC']) {
      const orderBy = { field, direction };
      const all = await list(viewer, { orderBy });
      const seen: string[] = [];
      for (let after: string | null = null; seen.length < all.totalCount;) {
        const page: Listed = await list(viewer, { orderBy, first: 2, after });
        seen.push(...idsOf(page));
        after = page.pageInfo.endCursor;
      }
      expect(seen).toEqual(idsOf(all));
    }
  }
});

const REVOKE = `mutation ($id: ID!) { revokeSession(input: { id: $id }) {
  __typename ... on RevokeSessionSuccess { session { status endReason } } ... on MutationError { code }
} }`;

test('one ends a session from another one, once; nobody else can', async () => {
  const [here, there] = [await signIn(), await signIn(script)];
  const id = there.viewer.sessionId;
  const refused = { __typename: 'NotFoundError', code: 'NOT_FOUND' };
  expect(await send(REVOKE, { id }, stranger)).toEqual(refused);
  expect(await send(REVOKE, { id: 'none' }, here.viewer)).toEqual(refused);
  expect(await goesOn(there)).toBe(true);
  const ended = { __typename: 'RevokeSessionSuccess', session: { status: 'ENDED', endReason: 'REVOKED' } };
  for (let i = 0; i < 2; i += 1) expect(await send(REVOKE, { id }, here.viewer)).toEqual(ended);
  expect([await goesOn(here), await goesOn(there)]).toEqual([true, false]);
  expect(idsOf(await list(here.viewer))).toEqual([here.viewer.sessionId]);
  expect(idsOf(await list(here.viewer, { filter: { status: 'ENDED' } }))).toEqual([id]);
  const { rows } = await auth.pool.query(
    `select payload->>'reason' as reason from outbox_events where type = 'session.revoked' and stream = $1`,
    [`session:${id}`],
  );
  expect(rows).toEqual([{ reason: 'REVOKED' }]);
  const audit = await auth.pool.query(
    `select actor_id, session_id, subject_id from audit_logs where action = 'session.revoked' and target_id = $1`,
    [id],
  );
  const { userId } = here.viewer;
  expect(audit.rows).toEqual([{ actor_id: userId, session_id: here.viewer.sessionId, subject_id: userId }]);
});

const EVERYWHERE = `mutation ($input: LogoutEverywhereInput!) { logoutEverywhere(input: $input) {
  __typename ... on LogoutEverywhereSuccess { endedSessions } ... on MutationError { code }
} }`;

test('signing out everywhere ends all sessions, or all others', async () => {
  const sessions = [await signIn(), await signIn(), await signIn()];
  const [first] = sessions;
  expect(await send(EVERYWHERE, { input: { userId: first!.viewer.userId } }, stranger)).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await send(EVERYWHERE, { input: { keepCurrent: true } }, first!.viewer)).toMatchObject({ endedSessions: 2 });
  expect(await Promise.all(sessions.map(goesOn))).toEqual([true, false, false]);
  expect(
    await send('mutation { logoutEverywhere { ... on LogoutEverywhereSuccess { endedSessions } } }', {}, first!.viewer),
  ).toEqual({ endedSessions: 1 });
  expect(await goesOn(first!)).toBe(false);
  const theirs = await signIn();
  const administrator: Viewer = { ...stranger, scopes: ['session:revoke-any'] };
  const input = { userId: theirs.viewer.userId, keepCurrent: true };
  expect(await send(EVERYWHERE, { input }, administrator)).toMatchObject({ endedSessions: 1 });
});

test('a session that is not used for 14 days has ended; using it is written down once a minute', async () => {
  const signedIn = await signIn();
  const { sessionId } = signedIn.viewer;
  const lastUse = async () => {
    const { rows } = await auth.pool.query<{ age: number }>(
      'select extract(epoch from now() - last_used_at)::float8 as age from sessions where id = $1',
      [sessionId],
    );
    return rows[0]!.age;
  };
  const usedBefore = (interval: string) =>
    auth.pool.query(`update sessions set last_used_at = now() - $2::interval where id = $1`, [sessionId, interval]);
  await usedBefore('50 seconds');
  expect(await goesOn(signedIn)).toBe(true);
  expect(await lastUse()).toBeGreaterThan(49);
  await usedBefore('13 days');
  expect(await goesOn(signedIn)).toBe(true);
  // Recorded behind the answer.
  for (let tries = 0; (await lastUse()) > 60; tries += 1) if (tries > 500) throw new Error('its use was not recorded');
  await usedBefore('14 days 1 minute');
  expect(await goesOn(signedIn)).toBe(false);
  const refresh = `mutation ($token: String!) { refreshToken(input: { refreshToken: $token }) { __typename } }`;
  expect(await send(refresh, { token: signedIn.tokens.refreshToken })).toEqual({
    __typename: 'InvalidRefreshTokenError',
  });
  expect(await list(signedIn.viewer, { filter: { status: 'ENDED' } })).toMatchObject({
    nodes: [{ status: 'ENDED', endReason: null }],
  });
});

describe('single tokens', () => {
  const STATE = `query ($token: String!) { validateToken(token: $token) {
    active tokenType sessionId tokenId scopes issuedAt expiresAt user { username }
  } }`;
  const validate = (token: string, client?: Client) => send(STATE, { token }, undefined, client);
  const revoke = (token: string, viewer?: Viewer) =>
    send(`mutation ($token: String!) { revokeToken(input: { token: $token }) { __typename } }`, { token }, viewer);
  const nothing = { tokenType: null, sessionId: null, tokenId: null, scopes: null, issuedAt: null, expiresAt: null };
  const inactive = { active: false, ...nothing, user: null };

  test('an access token tells what it is good for; anything else tells nothing', async () => {
    const { tokens, viewer } = await signIn();
    expect(await validate(tokens.accessToken)).toEqual({
      active: true,
      tokenType: 'Bearer',
      sessionId: viewer.sessionId,
      tokenId: expect.any(String),
      scopes: ['*:*'],
      issuedAt: expect.any(Date),
      expiresAt: new Date(viewer.expiresAt * 1_000),
      user: { username: 'admin' },
    });
    for (const token of [tokens.refreshToken, `${tokens.accessToken}A`, 'x', 'a.b.c', 'x'.repeat(5_000), 'a\0']) {
      expect(await validate(token)).toEqual(inactive);
    }
    await auth.pool.query('update sessions set revoked_at = now() where id = $1', [viewer.sessionId]);
    expect(await validate(tokens.accessToken)).toEqual(inactive);
  });

  test('who tries tokens has as many tries as for anything else; good ones do not count', async () => {
    const { tokens } = await signIn();
    const client: Client = { address: '203.0.113.9', userAgent: null };
    for (let i = 0; i < 105; i += 1) expect(await validate(tokens.accessToken, client)).toMatchObject({ active: true });
    for (let i = 0; i < 100; i += 1) expect(await validate('x', client)).toEqual(inactive);
    const { errors } = await auth.send(STATE, { token: tokens.accessToken }, { client });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED']);
    const locked = await auth.pool.query(
      `select details from audit_logs where action = 'user.locked_out' and host(address) = $1`,
      [client.address],
    );
    expect(locked.rows).toEqual([{ details: { attempt: 'token-check', counter: 'address' } }]);
  });

  test('an access token is revoked by itself, and its session goes on', async () => {
    const { tokens, viewer } = await signIn();
    const { tokens: next } = await send<Pick<SignedIn, 'tokens'>>(
      `mutation ($token: String!) { refreshToken(input: { refreshToken: $token }) {
        ... on RefreshTokenSuccess { tokens { accessToken refreshToken } }
      } }`,
      { token: tokens.refreshToken },
    );
    for (let i = 0; i < 2; i += 1)
      expect(await revoke(tokens.accessToken)).toEqual({ __typename: 'RevokeTokenSuccess' });
    expect(await validate(tokens.accessToken)).toEqual(inactive);
    expect(await validate(next.accessToken)).toMatchObject({ active: true });
    const audit = await auth.pool.query(
      `select actor_type::text, actor_id from audit_logs where action = 'token.revoked' and target_id = $1`,
      [viewer.sessionId],
    );
    expect(audit.rows).toEqual([{ actor_type: 'USER', actor_id: viewer.userId }]);
    // With the refresh token the whole session.
    await revoke(next.refreshToken);
    expect(await validate(next.accessToken)).toEqual(inactive);
    for (const nonsense of ['x', 'A'.repeat(43), next.refreshToken]) {
      expect(await revoke(nonsense)).toEqual({ __typename: 'RevokeTokenSuccess' });
    }
  });
});

test.each([
  [null, 'Unknown device', 'OTHER'],
  ['', 'Unknown device', 'OTHER'],
  ['<script>', 'Unknown device', 'OTHER'],
  ['node', 'node', 'OTHER'],
  ['python-requests/2.31.0', 'python-requests', 'OTHER'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0', 'Firefox on Linux', 'DESKTOP'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
    'Safari on iOS',
    'MOBILE',
  ],
])('of %s people read %s', (userAgent, name, kind) => {
  expect(deviceOf(userAgent)).toMatchObject({ name, kind });
});
