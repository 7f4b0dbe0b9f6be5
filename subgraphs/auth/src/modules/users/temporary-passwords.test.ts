import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { openInbox, type Inbox } from '../../testing/inbox.ts';

// Hashing passwords takes its time.
jest.setTimeout(120_000);

let auth: AuthUnderTest;
let inbox: Inbox;
let admin: Viewer;
beforeAll(async () => {
  auth = await startAuth({ working: true });
  inbox = await openInbox(auth.subgraph);
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  admin = { kind: 'user', userId: rows[0]!.id, scopes: ['*:*'], sessionId: 'none', expiresAt: 4e9, recentUntil: 4e9 };
});
afterAll(async () => {
  await inbox.close();
  await auth.stop();
});

const PASSWORD = 'a long enough password';
const OWN_PASSWORD = 'a password of my own';

type Answer = Record<string, unknown> & { readonly __typename: string };
const mutate = async (name: string, selection: string, input: object, viewer: Viewer = ANONYMOUS) =>
  (
    await auth.ask<Record<string, Answer>>(
      `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) {
        __typename ${selection} ... on MutationError { code } } }`,
      { input },
      viewer,
    )
  )[name]!;
const create = (input: object) =>
  mutate(
    'createUser',
    '... on CreateUserSuccess { invited user { id status emailVerified passwordExpiresAt } }',
    input,
    admin,
  );
const login = (identifier: string, password: string) =>
  mutate('login', '... on LoginSuccess { tokens { accessToken } user { passwordExpiresAt } }', {
    identifier,
    password,
  });
const expire = (email: string) =>
  auth.pool.query('update users set password_expires_at = now() where email = $1', [email]);
const secondsLeft = async (email: string) => {
  const { rows } = await auth.pool.query<{ seconds: number | null }>(
    'select extract(epoch from password_expires_at - now())::float8 as seconds from users where email = $1',
    [email],
  );
  return rows[0]!.seconds;
};

test('without a password the user is invited: the mail leads to one that nobody else knows', async () => {
  const email = 'invited@example.org';
  const created = await create({ email });
  expect(created).toEqual({
    __typename: 'CreateUserSuccess',
    invited: true,
    user: { id: expect.any(String), status: 'ACTIVE', emailVerified: false, passwordExpiresAt: null },
  });
  for (const guess of ['', 'null', PASSWORD]) expect((await login(email, guess)).__typename).not.toBe('LoginSuccess');
  const token = await inbox.tokenFor(email, 'Your account at Flowmesh');
  const { rows } = await auth.pool.query(
    'select round(extract(epoch from expires_at - created_at)) as seconds from password_reset_tokens',
  );
  expect(rows).toEqual([{ seconds: '86400' }]);
  const chosen = await mutate('resetPassword', '... on ResetPasswordSuccess { email }', {
    token,
    newPassword: OWN_PASSWORD,
  });
  expect(chosen).toEqual({ __typename: 'ResetPasswordSuccess', email });
  expect((await login(email, OWN_PASSWORD)).__typename).toBe('LoginSuccess');
  // Good once.
  expect((await mutate('resetPassword', '', { token, newPassword: PASSWORD })).__typename).toBe(
    'InvalidMailTokenError',
  );
});

test('nobody is invited when the user was not made', async () => {
  const mails = async () => (await auth.pool.query('select 1 from outgoing_mails')).rowCount;
  const before = await mails();
  expect((await create({ email: 'invited@example.org' })).__typename).toBe('UserTakenError');
  expect((await create({ email: 'refused@example.org', roles: ['none'] })).__typename).toBe('InvalidInputError');
  // Of no password there is no end to tell.
  expect((await create({ email: 'refused@example.org', temporaryPassword: true })).__typename).toBe(
    'InvalidInputError',
  );
  expect(await mails()).toBe(before);
});

test('a temporary password signs in for a day, and becomes none to stay with', async () => {
  const email = 'temporary@example.org';
  const created = await create({ email, password: PASSWORD, temporaryPassword: true });
  const { passwordExpiresAt } = created.user as { passwordExpiresAt: Date };
  expect(created).toMatchObject({ invited: false });
  expect(await secondsLeft(email)).toBeGreaterThan(86_390);
  expect(await secondsLeft(email)).toBeLessThanOrEqual(86_400);
  expect(await login(email, PASSWORD)).toMatchObject({ __typename: 'LoginSuccess', user: { passwordExpiresAt } });

  await expire(email);
  expect(await login(email, PASSWORD)).toEqual({ __typename: 'PasswordExpiredError', code: 'PASSWORD_EXPIRED' });
  // Only who has the password learns of it.
  expect(await login(email, 'another password')).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  const { rows } = await auth.pool.query(
    `select details->>'reason' as reason from audit_logs a join users u on u.id = a.subject_id
     where email = $1 and outcome = 'FAILURE' order by occurred_at`,
    [email],
  );
  expect(rows).toEqual([{ reason: 'PASSWORD_EXPIRED' }, { reason: 'INVALID_CREDENTIALS' }]);

  await mutate('requestPasswordReset', '', { email });
  const token = await inbox.tokenFor(email, 'Choose a new password');
  await mutate('resetPassword', '', { token, newPassword: OWN_PASSWORD });
  expect(await secondsLeft(email)).toBeNull();
  expect((await login(email, OWN_PASSWORD)).__typename).toBe('LoginSuccess');
});

test('changing it makes it one to stay with', async () => {
  const email = 'changed@example.org';
  await create({ email, password: PASSWORD, temporaryPassword: true });
  const { tokens } = (await login(email, PASSWORD)) as unknown as { tokens: { accessToken: string } };
  const viewer = await auth.viewerOf(tokens.accessToken);
  const input = { currentPassword: PASSWORD, newPassword: OWN_PASSWORD };
  expect((await mutate('changePassword', '', input, viewer)).__typename).toBe('ChangePasswordSuccess');
  expect(await secondsLeft(email)).toBeNull();
  expect(await login(email, OWN_PASSWORD)).toMatchObject({ user: { passwordExpiresAt: null } });
});

test('the first administrator gets the next password when the first is over, and nobody else', async () => {
  const { email, password, generated } = auth.subgraph.firstAdministrator!;
  expect(generated).toBe(true);
  expect(await secondsLeft(email)).toBeGreaterThan(86_000);
  expect((await auth.replica()).firstAdministrator).toBeNull();

  await expire(email);
  expect((await login(email, password)).__typename).toBe('PasswordExpiredError');
  const replicas = await Promise.all([1, 2, 3].map(() => auth.replica()));
  const renewed = replicas.flatMap(({ firstAdministrator }) => firstAdministrator ?? []);
  expect(renewed).toEqual([{ email, password: expect.stringMatching(/^[\w-]{24}$/), generated: true }]);
  expect(renewed[0]!.password).not.toBe(password);
  expect((await login(email, password)).__typename).toBe('InvalidCredentialsError');
  expect((await login(email, renewed[0]!.password)).__typename).toBe('LoginSuccess');
  expect(await secondsLeft(email)).toBeGreaterThan(86_000);

  // Not while another administrator can help.
  await create({ email: 'second@example.org', password: PASSWORD, roles: ['admin'] });
  await expire(email);
  expect((await auth.replica()).firstAdministrator).toBeNull();
  await auth.pool.query(`update users set status = 'SUSPENDED' where email = 'second@example.org'`);
  // The operator's choice is one to stay with.
  const chosen = await auth.replica({ firstAdministrator: { email: 'not@used.org', password: OWN_PASSWORD } });
  expect(chosen.firstAdministrator).toEqual({ email, password: OWN_PASSWORD, generated: false });
  expect(await secondsLeft(email)).toBeNull();
  expect((await login(email, OWN_PASSWORD)).__typename).toBe('LoginSuccess');
});
