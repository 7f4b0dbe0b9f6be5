import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { generateSync } from 'otplib';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';

// Hashing passwords takes its time.
jest.setTimeout(120_000);

type UserViewer = Extract<Viewer, { kind: 'user' }>;

let auth: AuthUnderTest;
beforeAll(async () => {
  auth = await startAuth({
    config: {
      firstAdministrator: { email: 'admin@example.org', password: PASSWORD },
      throttle: { perAccount: 100, perAddress: 1_000, windowSeconds: 900 },
      clockToleranceSeconds: 30,
    },
  });
  await mutate('createUser', '', { email: 'other@example.org', password: PASSWORD }, await signIn());
});
afterAll(() => auth.stop());

const PASSWORD = 'a long enough password';
const TOKENS = '... on LoginSuccess { tokens { accessToken } }';

type Answer = Record<string, unknown> & { readonly __typename: string };
async function send(name: string, selection: string, input: object, viewer: Viewer = ANONYMOUS) {
  const query = `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) {
    __typename ${selection} ${name === 'rotateSigningKeys' ? '' : '... on MutationError { code }'} } }`;
  const { data, errors } = await auth.send(query, { input }, { viewer });
  return errors
    ? ({ __typename: errors[0]!.extensions.code, ...errors[0]!.extensions } as Answer)
    : (data![name] as Answer);
}
const mutate = send;
async function signIn(from: Viewer = ANONYMOUS, identifier = 'admin@example.org'): Promise<UserViewer> {
  const answer = await send('login', TOKENS, { identifier, password: PASSWORD }, from);
  return (await auth.viewerOf((answer.tokens as { accessToken: string }).accessToken)) as UserViewer;
}
const endOf = async ({ sessionId }: UserViewer) =>
  (
    await auth.pool.query<{ reason: string | null }>('select revoked_reason as reason from sessions where id = $1', [
      sessionId,
    ])
  ).rows[0]!.reason;
/** The same session, as the gateway sees it now, begun so many minutes ago. */
async function aged({ sessionId, userId }: UserViewer, minutes: number): Promise<UserViewer> {
  await auth.pool.query(`update sessions set created_at = now() - $2 * interval '1 minute' where id = $1`, [
    sessionId,
    minutes,
  ]);
  const [state] = await auth.subgraph.identity.sessions([{ sessionId, tokenId: 'none' }]);
  return { kind: 'user', ...state!, userId, sessionId, expiresAt: 4e9 };
}

test('signing in again from a session ends it, and no other one', async () => {
  const [first, elsewhere] = [await signIn(), await signIn()];
  const second = await signIn(first);
  expect(second.sessionId).not.toBe(first.sessionId);
  expect([await endOf(first), await endOf(elsewhere), await endOf(second)]).toEqual(['REPLACED', null, null]);
  const { rows } = await auth.pool.query(
    `select details from audit_logs where action = 'user.login' and outcome = 'SUCCESS' order by occurred_at desc limit 1`,
  );
  expect(rows).toEqual([{ details: { mfa: false, replacedSession: first.sessionId } }]);
  const events = await auth.pool.query(
    `select payload->>'reason' as reason from outbox_events where type = 'session.revoked' and stream = $1`,
    [`session:${first.sessionId}`],
  );
  expect(events.rows).toEqual([{ reason: 'REPLACED' }]);
  // Somebody else's sign-in, and one that fails, end nothing.
  const other = await signIn(second, 'other@example.org');
  await send('login', TOKENS, { identifier: 'admin@example.org', password: 'wrong' }, second);
  expect([await endOf(second), await endOf(other)]).toEqual([null, null]);
});

test('with a second factor the session ends when the sign-in is complete', async () => {
  const person = await signIn(ANONYMOUS, 'other@example.org');
  const { secret } = (await send(
    'beginMfaEnrolment',
    '... on BeginMfaEnrolmentSuccess { secret }',
    { password: PASSWORD },
    person,
  )) as unknown as { secret: string };
  const { backupCodes } = (await send(
    'confirmMfaEnrolment',
    '... on ConfirmMfaEnrolmentSuccess { backupCodes }',
    { code: generateSync({ secret }) },
    person,
  )) as unknown as { backupCodes: string[] };
  const credentials = { identifier: 'other@example.org', password: PASSWORD };
  const { challengeToken } = await send('login', '... on MfaRequired { challengeToken }', credentials, person);
  expect(await endOf(person)).toBeNull();
  const done = await send('completeMfaLogin', TOKENS, { challengeToken, code: backupCodes[0] }, person);
  expect([done.__typename, await endOf(person)]).toEqual(['LoginSuccess', 'REPLACED']);
});

describe('what takes a recent sign-in', () => {
  const operations: [string, object, string][] = [
    ['revokeSession', { id: 'none' }, 'NotFoundError'],
    ['logoutEverywhere', { userId: 'none' }, 'LogoutEverywhereSuccess'],
    ['createApiKey', { name: 'x', scopes: ['none:none'] }, 'InvalidInputError'],
    ['createServiceAccount', { name: '' }, 'InvalidInputError'],
    ['updateServiceAccount', { id: 'none', expectedVersion: 1, name: 'x' }, 'InvalidInputError'],
    ['createRole', { name: '', scopes: [] }, 'InvalidInputError'],
    ['updateRole', { id: 'none', expectedVersion: 1 }, 'NotFoundError'],
    ['assignRole', { userId: 'none', role: 'none' }, 'NotFoundError'],
    ['createUser', { email: 'none' }, 'InvalidInputError'],
    ['resetUserMfa', { id: 'none' }, 'NotFoundError'],
    ['updateUser', { id: 'none', firstName: 'Ada' }, 'NotFoundError'],
    ['deleteUser', { id: 'none' }, 'NotFoundError'],
    ['rotateSigningKeys', {}, 'RotateSigningKeysSuccess'],
  ];
  test.each(operations)('%s', async (name, input, after) => {
    const session = await signIn();
    const old = await aged(session, 60);
    expect(await send(name, '', input, old)).toMatchObject({ __typename: 'REAUTHENTICATION_REQUIRED' });
    expect((await send(name, '', input, await aged(session, 59))).__typename).toBe(after);
  });

  test('is asked of no machine, and of nobody for themselves', async () => {
    const old = await aged(await signIn(), 61);
    const key: Viewer = {
      kind: 'api-key',
      keyId: 'k',
      userId: old.userId,
      principal: 'user',
      scopes: ['*:*'],
      expiresAt: 4e9,
    };
    expect((await send('assignRole', '', { userId: 'none', role: 'none' }, key)).__typename).toBe('NotFoundError');
    expect((await send('updateUser', '', { firstName: 'Ada' }, old)).__typename).toBe('UpdateUserSuccess');
    const suspended = await send('suspendUser', '', { id: 'none' }, old);
    expect(suspended.__typename).toBe('NotFoundError');
  });
});
