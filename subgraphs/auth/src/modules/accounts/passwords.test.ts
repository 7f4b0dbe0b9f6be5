import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { until } from '@flowmesh/platform/testing';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { openInbox, type Inbox } from '../../testing/inbox.ts';

// Hashing passwords takes its time.
jest.setTimeout(180_000);

let auth: AuthUnderTest;
let inbox: Inbox;
let admin: Viewer;
beforeAll(async () => {
  auth = await startAuth({
    working: true,
    config: { throttle: { perAccount: 100, perAddress: 1_000, windowSeconds: 900 } },
  });
  inbox = await openInbox(auth.subgraph);
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  admin = { kind: 'user', userId: rows[0]!.id, scopes: ['*:*'], sessionId: 'none', expiresAt: 4e9, recentUntil: 4e9 };
});
afterAll(async () => {
  await inbox.close();
  await auth.stop();
});

const PASSWORD = 'a long enough password';
const NEW_PASSWORD = 'another long password';
const RESET_MAIL = 'Choose a new password';
const CHANGED_MAIL = 'Your password was changed';

type Answer = Record<string, unknown> & { readonly __typename: string };
const mutate = async (name: string, type: string, selection: string, input: object, viewer: Viewer = ANONYMOUS) =>
  (
    await auth.ask<Record<string, Answer>>(
      `mutation ($input: ${type}!) { ${name}(input: $input) {
        __typename ${selection} ... on MutationError { code } ... on InvalidInputError { fields { path message } } } }`,
      { input },
      viewer,
    )
  )[name]!;

let counter = 0;
async function makeUser() {
  const email = `owner-${(counter += 1)}@example.org`;
  const created = await mutate(
    'createUser',
    'CreateUserInput',
    '... on CreateUserSuccess { user { id } }',
    { email, password: PASSWORD },
    admin,
  );
  return { email, id: (created.user as { id: string }).id };
}
const signIn = async (identifier: string, password = PASSWORD) => {
  const answer = await mutate('login', 'LoginInput', '... on LoginSuccess { tokens { accessToken } }', {
    identifier,
    password,
  });
  return answer.__typename === 'LoginSuccess' ? (answer.tokens as { accessToken: string }).accessToken : null;
};
const ask = (email: string) =>
  mutate('requestPasswordReset', 'RequestPasswordResetInput', '... on RequestPasswordResetSuccess { accepted }', {
    email,
  });
const reset = (token: string, newPassword = NEW_PASSWORD) =>
  mutate('resetPassword', 'ResetPasswordInput', '... on ResetPasswordSuccess { email }', { token, newPassword });
const change = (viewer: Viewer, currentPassword: string, newPassword: string) =>
  mutate(
    'changePassword',
    'ChangePasswordInput',
    '... on ChangePasswordSuccess { user { id } }',
    { currentPassword, newPassword },
    viewer,
  );
const subjects = async (email: string) => (await inbox.mailsTo(email)).map(({ subject }) => subject);
const settled = () =>
  until('no mail is asked for', async () => {
    const { rowCount } = await auth.pool.query('select 1 from account_mail_requests');
    return rowCount === 0;
  });
const rows = async (sql: string, ...values: unknown[]) =>
  (await auth.pool.query<Record<string, unknown>>(sql, values)).rows;
const audited = async (id: string) =>
  (
    await rows(
      `select action, outcome, actor_type as actor from audit_logs
       where target_id = $1 and action like 'user.password%' order by occurred_at, id`,
      id,
    )
  ).map((entry) => Object.values(entry).join(' '));
const revocations = (id: string) =>
  rows(
    `select payload->>'reason' as reason from outbox_events where type = 'session.revoked' and owner_id = $1
     order by id`,
    id,
  );

test('a forgotten password is replaced by whoever reads the mail; all sessions end and the second factor stays', async () => {
  const { email, id } = await makeUser();
  const sessions = [await signIn(email), await signIn(email)];
  await auth.pool.query('update users set mfa_enabled = true where id = $1', [id]);
  expect(await ask(email.toUpperCase())).toEqual({ __typename: 'RequestPasswordResetSuccess', accepted: true });
  const token = await inbox.tokenFor(email, RESET_MAIL);
  expect((await inbox.mailsTo(email))[0]?.text).toContain(
    `http://localhost:4000/account/reset-password#token=${token}`,
  );
  // A second factor makes eight characters enough.
  expect(await reset(token, 'kr7Qx2vL')).toEqual({ __typename: 'ResetPasswordSuccess', email });
  expect(await rows('select email_verified, mfa_enabled, status from users where id = $1', id)).toEqual([
    { email_verified: true, mfa_enabled: true, status: 'ACTIVE' },
  ]);
  for (const session of sessions) expect(await auth.viewerOf(session!)).toEqual(ANONYMOUS);
  expect(await revocations(id)).toEqual([{ reason: 'PASSWORD_RESET' }, { reason: 'PASSWORD_RESET' }]);
  expect(await subjects(email)).toEqual([RESET_MAIL, CHANGED_MAIL]);
  expect(await audited(id)).toEqual([
    'user.password_reset_requested SUCCESS SYSTEM',
    'user.password_reset SUCCESS USER',
  ]);
  await auth.pool.query('update users set mfa_enabled = false where id = $1', [id]);
  expect(await signIn(email)).toBeNull();
  expect(await signIn(email, 'kr7Qx2vL')).not.toBeNull();
});

test('of 8 uses of one token at the same time one counts, and other tokens of the user are void then', async () => {
  const { email, id } = await makeUser();
  await ask(email);
  const first = await inbox.tokenFor(email, RESET_MAIL);
  await ask(email);
  await settled();
  const second = await inbox.tokenFor(email, RESET_MAIL);
  expect(second).not.toBe(first);
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => reset(second, `${NEW_PASSWORD} ${index}`)));
  const winners = answers.flatMap(({ __typename }, index) => (__typename === 'ResetPasswordSuccess' ? [index] : []));
  expect(winners).toHaveLength(1);
  expect(answers.filter(({ code }) => code === 'INVALID_MAIL_TOKEN')).toHaveLength(7);
  expect(await signIn(email, `${NEW_PASSWORD} ${winners[0]}`)).not.toBeNull();
  for (const token of [first, second]) expect(await reset(token)).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
  expect(await rows('select used_at is not null as used from password_reset_tokens where user_id = $1', id)).toEqual([
    { used: true },
  ]);
  expect(await subjects(email)).toEqual([RESET_MAIL, RESET_MAIL, CHANGED_MAIL]);
});

test('a password that is refused leaves the token good; a token is good for an hour, and is stored hashed', async () => {
  const { email, id } = await makeUser();
  await ask(email);
  const token = await inbox.tokenFor(email, RESET_MAIL);
  expect(await reset(token, email)).toMatchObject({ fields: [{ path: 'newPassword' }] });
  expect(await reset(token, 'short')).toMatchObject({ fields: [{ path: 'newPassword' }] });
  const [stored] = await rows(
    `select token_hash, extract(epoch from expires_at - created_at)::float8 as seconds
     from password_reset_tokens where user_id = $1`,
    id,
  );
  expect(stored).toEqual({ token_hash: expect.stringMatching(/^[0-9a-f]{64}$/), seconds: 3_600 });
  expect(stored?.token_hash).not.toContain(token);
  await auth.pool.query('update password_reset_tokens set expires_at = now() where user_id = $1', [id]);
  for (const wrong of [token, '', 'x', 'A'.repeat(43)]) {
    expect(await reset(wrong)).toEqual({ __typename: 'InvalidMailTokenError', code: 'INVALID_MAIL_TOKEN' });
  }
  expect(await signIn(email)).not.toBeNull();
});

test('unknown and suspended addresses get the same answer and no mail', async () => {
  const { email, id } = await makeUser();
  const accepted = { __typename: 'RequestPasswordResetSuccess', accepted: true };
  await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [id]);
  expect(await ask(email)).toEqual(accepted);
  expect(await ask('nobody@example.org')).toEqual(accepted);
  await settled();
  expect([...(await subjects(email)), ...(await subjects('nobody@example.org'))]).toEqual([]);
  expect(await ask('no address')).toMatchObject({ fields: [{ path: 'email' }] });
  // A token from before the suspension does not help either.
  await auth.pool.query(`update users set status = 'ACTIVE' where id = $1`, [id]);
  await ask(email);
  const token = await inbox.tokenFor(email, RESET_MAIL);
  await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [id]);
  expect(await reset(token)).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
});

test('changing a password needs the old one; the session goes on, all others and all tokens end', async () => {
  const { email, id } = await makeUser();
  const [mine, others] = [(await signIn(email))!, (await signIn(email))!];
  const me = await auth.viewerOf(mine);
  await ask(email);
  const token = await inbox.tokenFor(email, RESET_MAIL);
  expect(await change(me, 'not the password', NEW_PASSWORD)).toEqual({
    __typename: 'WrongPasswordError',
    code: 'WRONG_PASSWORD',
  });
  expect(await change(me, PASSWORD, PASSWORD)).toMatchObject({ fields: [{ path: 'newPassword' }] });
  expect(await change(me, PASSWORD, `${email}!`)).toMatchObject({ fields: [{ path: 'newPassword' }] });
  expect(await auth.viewerOf(others)).not.toEqual(ANONYMOUS);

  expect(await change(me, PASSWORD, NEW_PASSWORD)).toEqual({ __typename: 'ChangePasswordSuccess', user: { id } });
  expect(await auth.viewerOf(mine)).toEqual(me);
  expect(await auth.viewerOf(others)).toEqual(ANONYMOUS);
  expect(await revocations(id)).toEqual([{ reason: 'PASSWORD_CHANGED' }]);
  expect(await reset(token)).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
  expect(await subjects(email)).toEqual([RESET_MAIL, CHANGED_MAIL]);
  expect(await audited(id)).toEqual([
    'user.password_reset_requested SUCCESS SYSTEM',
    'user.password_changed FAILURE USER',
    'user.password_changed SUCCESS USER',
  ]);
  expect(await signIn(email)).toBeNull();
  expect(await signIn(email, NEW_PASSWORD)).not.toBeNull();
});

test('of changes at the same time one counts', async () => {
  const { email } = await makeUser();
  const me = await auth.viewerOf((await signIn(email))!);
  const answers = await Promise.all([1, 2, 3].map((index) => change(me, PASSWORD, `${NEW_PASSWORD} ${index}`)));
  expect(answers.map(({ __typename }) => __typename).sort()).toEqual([
    'ChangePasswordSuccess',
    'WrongPasswordError',
    'WrongPasswordError',
  ]);
});

test('guesses at the old password are counted; machines cannot change it', async () => {
  const few = await startAuth({ config: { throttle: { perAccount: 3, perAddress: 1_000, windowSeconds: 900 } } });
  try {
    const [user] = (await few.pool.query<{ id: string }>('select id from users')).rows;
    const me: Viewer = {
      kind: 'user',
      userId: user!.id,
      scopes: [],
      sessionId: 'none',
      expiresAt: 4e9,
      recentUntil: 4e9,
    };
    const CHANGE = `mutation { changePassword(input: { currentPassword: "wrong", newPassword: "${NEW_PASSWORD}" }) {
      ... on MutationError { code } } }`;
    for (let tries = 0; tries < 3; tries += 1) {
      expect(await few.ask(CHANGE, {}, me)).toEqual({ changePassword: { code: 'WRONG_PASSWORD' } });
    }
    expect(await few.refusal(CHANGE, {}, me)).toEqual(['RATE_LIMITED']);
    const key = { kind: 'api-key', keyId: 'k', userId: user!.id, principal: 'user', scopes: ['*:*'], expiresAt: 4e9 };
    expect(await few.refusal(CHANGE, {}, key as Viewer)).toEqual(['FORBIDDEN']);
    expect(await few.refusal(CHANGE)).toEqual(['UNAUTHENTICATED']);
  } finally {
    await few.stop();
  }
});
