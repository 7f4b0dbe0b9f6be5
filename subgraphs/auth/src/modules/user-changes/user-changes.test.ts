import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { DOMAIN_NAMES } from '@flowmesh/platform/domains';
import { readOutbox } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import { tidyName } from '@flowmesh/platform/validation';
import naughtyStrings from 'big-list-of-naughty-strings';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { openInbox, type Inbox } from '../../testing/inbox.ts';

/** What the role observer has of each domain and others have not; what auth itself shows has other scopes. */
const READ_ANY = DOMAIN_NAMES.filter((name) => name !== 'auth')
  .map((name) => `${name}:read-any`)
  .sort();

// Hashing passwords takes its time.
jest.setTimeout(180_000);

let auth: AuthUnderTest;
let inbox: Inbox;
let admin: Viewer;
let adminId: string;
beforeAll(async () => {
  auth = await startAuth({
    working: true,
    config: {
      firstAdministrator: { email: 'admin@example.org', password: PASSWORD },
      throttle: { perAccount: 100, perAddress: 1_000, windowSeconds: 900 },
    },
  });
  inbox = await openInbox(auth.subgraph);
  const [first] = await rows('select id from users');
  adminId = first!['id'] as string;
  admin = viewer(adminId, ['*:*']);
});
afterAll(async () => {
  await inbox.close();
  await auth.stop();
});

const PASSWORD = 'a long enough password';
const SELECTIONS = {
  createUser: '... on CreateUserSuccess { user { id } }',
  createRole: '... on CreateRoleSuccess { role { id } }',
  revokeRole: '... on RevokeRoleSuccess { user { id } }',
  requestPasswordReset: '... on RequestPasswordResetSuccess { accepted }',
  updateUser: `... on UpdateUserSuccess { pendingEmail user { username firstName lastName email metadata } }
    ... on UserBeyondOwnScopesError { missingScopes } ... on UserTakenError { field }`,
  suspendUser: '... on SuspendUserSuccess { user { status } } ... on UserBeyondOwnScopesError { missingScopes }',
  reactivateUser: '... on ReactivateUserSuccess { user { status } } ... on UserBeyondOwnScopesError { missingScopes }',
  resetUserMfa: '... on ResetUserMfaSuccess { user { mfaEnabled } } ... on UserBeyondOwnScopesError { missingScopes }',
  deleteUser: '... on DeleteUserSuccess { id } ... on UserBeyondOwnScopesError { missingScopes }',
  login: '... on LoginSuccess { tokens { accessToken } }',
  verifyEmail: '... on VerifyEmailSuccess { email }',
  assignRole: '... on AssignRoleSuccess { user { id } }',
  createApiKey: '... on CreateApiKeySuccess { apiKey { id } }',
  createServiceAccount: '... on CreateServiceAccountSuccess { serviceAccount { id } }',
} as const;

type Answer = Record<string, unknown> & { readonly __typename: string };
type Name = keyof typeof SELECTIONS;
const documentOf = (name: Name) => `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) {
  ${name}(input: $input) { __typename ${SELECTIONS[name]} ... on MutationError { code }
    ${name === 'verifyEmail' ? '' : '... on InvalidInputError { fields { path } }'} } }`;
const mutate = async (name: Name, input: object, as: Viewer = ANONYMOUS) =>
  (await auth.ask<Record<string, Answer>>(documentOf(name), { input }, as))[name]!;

const viewer = (userId: string, scopes: readonly string[]): Viewer => ({
  kind: 'user',
  userId,
  scopes,
  sessionId: 'none',
  expiresAt: 4e9,
  recentUntil: 4e9,
});
const rows = async (sql: string, ...values: unknown[]) =>
  (await auth.pool.query<Record<string, unknown>>(sql, values)).rows;
const audited = async (id: string) =>
  (
    await rows(
      `select action, outcome, actor_id = $1 as own, details from audit_logs
       where target_id = $1 and action <> 'user.login' order by occurred_at, id`,
      id,
    )
  ).map(({ action, outcome, own, details }) => [action, outcome, own ? 'self' : 'other', details]);
const events = async (id: string) =>
  (await readOutbox(auth.pool, `user:${id}`)).map(({ type, payload }) => [type, payload]);
const subjects = async (email: string) => (await inbox.mailsTo(email)).map(({ subject }) => subject);
const mailed = (email: string, subject: string) =>
  until(`a mail "${subject}" to ${email}`, async () => (await subjects(email)).includes(subject));

let counter = 0;
interface Person {
  readonly id: string;
  readonly email: string;
  readonly as: Viewer;
  readonly name: string;
}
async function person(roles: readonly string[] = ['member'], scopes = ['user:read']): Promise<Person> {
  const name = `person-${(counter += 1)}`;
  const email = `${name}@example.org`;
  const { user } = await mutate('createUser', { email, username: name, password: PASSWORD, roles }, admin);
  const { id } = user as { id: string };
  return { id, email, name, as: viewer(id, scopes) };
}
const signIn = async (identifier: string) => {
  const answer = await mutate('login', { identifier, password: PASSWORD });
  return answer.__typename === 'LoginSuccess' ? (answer['tokens'] as { accessToken: string }).accessToken : null;
};
/** Everything that could have changed. */
const stateOf = async (...ids: string[]) =>
  rows(
    `select users.*, (select count(*) from sessions where user_id = users.id and revoked_at is null) as sessions,
       (select count(*) from outbox_events where owner_id = users.id) as events
     from users where id = any($1) order by id`,
    ids,
  );

test('people change their own profile, and nothing they leave out', async () => {
  const { id, as, email, name } = await person();
  const metadata = { theme: 'dark', deep: [1, { ü: null }] };
  expect(await mutate('updateUser', { firstName: 'Ada', lastName: 'King', metadata }, as)).toEqual({
    __typename: 'UpdateUserSuccess',
    pendingEmail: null,
    user: { username: name, firstName: 'Ada', lastName: 'King', email, metadata },
  });
  expect(await mutate('updateUser', { id, username: 'Countess', lastName: null }, as)).toMatchObject({
    user: { username: 'Countess', firstName: 'Ada', lastName: null, metadata },
  });
  expect(await rows('select username_key, email, status from users where id = $1', id)).toEqual([
    { username_key: 'countess', email, status: 'ACTIVE' },
  ]);
  expect((await events(id)).slice(1)).toEqual([
    ['user.updated', { userId: id, fields: ['firstName', 'lastName', 'metadata'] }],
    ['user.updated', { userId: id, fields: ['username', 'lastName'] }],
  ]);
  expect((await audited(id)).at(-1)).toEqual(['user.updated', 'SUCCESS', 'self', { fields: ['username', 'lastName'] }]);
  const other = await person();
  expect(await mutate('updateUser', { username: 'COUNTESS' }, other.as)).toMatchObject({
    code: 'USER_TAKEN',
    field: 'username',
  });
});

test('every naughty string is a name in the one form of its text, or is refused', async () => {
  const { id, as } = await person();
  let kept = 0;
  for (const name of [...naughtyStrings, '\0', 'Ada\0']) {
    const answer = await mutate('updateUser', { firstName: name }, as);
    const [stored] = await rows('select first_name from users where id = $1', id);
    if (answer.__typename === 'InvalidInputError') {
      expect([name, answer['fields']]).toEqual([name, [{ path: 'firstName' }]]);
      expect(stored!['first_name']).not.toBe(name);
    } else {
      kept += 1;
      const form = tidyName(name);
      expect(form.normalize('NFD').replace(/\s/g, ' ')).toBe(name.normalize('NFD').replace(/\s/g, ' '));
      expect([answer['user'], stored]).toMatchObject([{ firstName: form }, { first_name: form }]);
    }
  }
  expect(kept).toBeGreaterThan(300);
});

test('bad input is told all at once', async () => {
  const { as } = await person();
  const input = { username: '!', firstName: ' a', lastName: 'b\0', metadata: { a: 'x\0' }, email: 'x' };
  expect(await mutate('updateUser', { ...input, currentPassword: '' }, as)).toEqual({
    __typename: 'InvalidInputError',
    code: 'INVALID_INPUT',
    fields: ['username', 'firstName', 'lastName', 'metadata.a', 'email', 'currentPassword'].map((path) => ({ path })),
  });
  expect(await mutate('updateUser', { metadata: { big: 'x'.repeat(16_000) } }, as)).toMatchObject({
    fields: [{ path: 'metadata' }],
  });
  expect(await mutate('suspendUser', { id: 'a\0', reason: 'x'.repeat(501) }, admin)).toMatchObject({
    fields: [{ path: 'id' }, { path: 'reason' }],
  });
});

describe('whoever changes somebody else', () => {
  const OPERATIONS: readonly Name[] = ['updateUser', 'suspendUser', 'reactivateUser', 'resetUserMfa', 'deleteUser'];

  test.each(OPERATIONS)('%s needs the scope, and an API key is nobody’s self', async (name) => {
    const [target, other] = [await person(), await person()];
    const before = await stateOf(target.id, other.id);
    const input = { id: target.id };
    expect(await auth.refusal(documentOf(name), { input }, other.as)).toEqual(['FORBIDDEN']);
    const key: Viewer = {
      kind: 'api-key',
      keyId: 'k',
      userId: target.id,
      principal: 'user',
      scopes: ['user:read'],
      expiresAt: 4e9,
    };
    expect(await auth.refusal(documentOf(name), { input }, key)).toEqual(['FORBIDDEN']);
    expect(await stateOf(target.id, other.id)).toEqual(before);
  });

  test.each(OPERATIONS)('%s needs all scopes of the target, and a person for a target', async (name) => {
    const [target, registrar] = [await person(['observer']), await person(['member'])];
    // The session allows all; the roles in the database do not.
    const as = viewer(registrar.id, ['*:*']);
    const before = await stateOf(target.id, registrar.id);
    expect(await mutate(name, { id: target.id }, as)).toMatchObject({
      code: 'USER_BEYOND_OWN_SCOPES',
      missingScopes: READ_ANY,
    });
    expect(await stateOf(target.id, registrar.id)).toEqual(before);
    expect((await audited(target.id)).at(-1)).toMatchObject([expect.any(String), 'DENIED', 'other', {}]);
    const { serviceAccount } = await mutate('createServiceAccount', { name: `bot-${(counter += 1)}` }, admin);
    for (const id of ['nobody', (serviceAccount as { id: string }).id]) {
      expect(await mutate(name, { id }, admin)).toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('a new address of one’s own', () => {
  test('takes the password and counts when it is confirmed; the present one is told', async () => {
    const { id, as, email } = await person();
    const before = await stateOf(id);
    for (const currentPassword of [undefined, 'not the password']) {
      expect(
        await mutate('updateUser', { email: 'new@example.org', firstName: 'X', currentPassword }, as),
      ).toMatchObject({ code: 'WRONG_PASSWORD' });
    }
    expect(await stateOf(id)).toEqual(before);
    expect((await audited(id)).at(-1)).toMatchObject(['user.updated', 'FAILURE', 'self', {}]);

    const wish = (address: string) => mutate('updateUser', { email: address, currentPassword: PASSWORD }, as);
    expect(await wish('First@Example.org')).toMatchObject({ pendingEmail: 'first@example.org', user: { email } });
    const first = await inbox.tokenFor('first@example.org', 'Confirm your e-mail address');
    await mailed(email, 'Your e-mail address is being changed');
    await wish('second@example.org');
    const second = await inbox.tokenFor('second@example.org', 'Confirm your e-mail address');
    // The later wish has taken the place of the first.
    expect(await mutate('verifyEmail', { token: first })).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
    expect(await mutate('verifyEmail', { token: second })).toMatchObject({ email: 'second@example.org' });
    expect(await rows('select email, email_verified from users where id = $1', id)).toEqual([
      { email: 'second@example.org', email_verified: true },
    ]);
    await mailed(email, 'Your e-mail address was changed');
    await mailed('second@example.org', 'This is your e-mail address now');
    expect(await signIn(email)).toBeNull();
    expect(await signIn('second@example.org')).not.toBeNull();
  });

  test('is no wish when it is the present one, in any case', async () => {
    const { id, as, email } = await person();
    // Nothing to prove, nothing to confirm, nothing that was changed.
    for (const same of [email, email.toUpperCase()]) {
      expect(await mutate('updateUser', { email: same, firstName: 'Ada' }, as)).toMatchObject({ pendingEmail: null });
      expect(await mutate('updateUser', { id, email: same }, admin)).toMatchObject({ pendingEmail: null });
    }
    expect(await rows('select count(*)::int from email_verification_tokens where user_id = $1', id)).toEqual([
      { count: 0 },
    ]);
    expect((await events(id)).slice(1).map(([, payload]) => (payload as { fields: string[] }).fields)).toEqual([
      ['firstName'],
      [],
      ['firstName'],
      [],
    ]);
  });

  test('waits until it is confirmed or withdrawn, whatever else is changed', async () => {
    const { id, as, email } = await person();
    const address = 'waiting@example.org';
    expect(await mutate('updateUser', { email: address, currentPassword: PASSWORD }, as)).toMatchObject({
      pendingEmail: address,
    });
    const token = await inbox.tokenFor(address, 'Confirm your e-mail address');
    expect(await mutate('updateUser', { firstName: 'Ada' }, as)).toMatchObject({ pendingEmail: address });
    expect(await mutate('updateUser', { id, lastName: 'L' }, admin)).toMatchObject({ pendingEmail: address });
    expect(await mutate('updateUser', { email: email.toUpperCase() }, as)).toMatchObject({ pendingEmail: null });
    expect(await mutate('verifyEmail', { token })).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
    expect(await rows('select email from users where id = $1', id)).toEqual([{ email }]);
  });

  test('of somebody else tells the owner, and the asker only if they see all users', async () => {
    const [owner, asker] = [await person(), await person()];
    const input = { email: owner.email, currentPassword: PASSWORD };
    expect(await mutate('updateUser', input, asker.as)).toMatchObject({ pendingEmail: owner.email });
    await mailed(owner.email, 'Your e-mail address was used again');
    expect(await subjects(owner.email)).toEqual(['Your e-mail address was used again']);
    // It waits like any other, or else the asker would know.
    expect(await mutate('updateUser', { firstName: 'X' }, asker.as)).toMatchObject({ pendingEmail: owner.email });
    expect(await mutate('updateUser', { email: asker.email, firstName: null }, asker.as)).toMatchObject({
      pendingEmail: null,
    });
    expect(await mutate('updateUser', { id: asker.id, email: owner.email, firstName: 'X' }, admin)).toMatchObject({
      code: 'USER_TAKEN',
      field: 'email',
    });
    expect(await rows('select email, first_name from users where id = $1', asker.id)).toEqual([
      { email: asker.email, first_name: null },
    ]);
  });
});

describe('a new address that somebody else has asked for', () => {
  const MANAGER_SCOPES = ['user:read-any', 'user:write-any', 'role:assign'];
  const managerRole = async () => {
    const name = `managers-${(counter += 1)}`;
    await mutate('createRole', { name, scopes: MANAGER_SCOPES }, admin);
    return name;
  };
  /** Nobody stays an administrator whom the other tests do not know of. */
  const goes = async (...people: Person[]) => {
    for (const { id } of people) await mutate('deleteUser', { id }, admin);
  };
  /** By another way than the mutations, which make links void: see promotions.test.ts. */
  const promotedByUpgrade = ({ id }: Person) =>
    rows(`insert into user_roles (user_id, role_id) select $1, id from roles where name = 'admin'`, id);
  const asksFor = async (manager: Viewer, target: Person) => {
    const address = `held-by-manager-${(counter += 1)}@example.org`;
    expect(await mutate('updateUser', { id: target.id, email: address }, manager)).toMatchObject({
      pendingEmail: address,
    });
    await mailed(target.email, 'Your e-mail address is being changed');
    return { address, token: await inbox.tokenFor(address, 'Confirm your e-mail address') };
  };

  test.each<[string, (manager: Person, target: Person, role: string) => Promise<unknown>]>([
    ['the user may do more since', (_, target) => promotedByUpgrade(target)],
    ['who asked has lost the right since', ({ id }, _, role) => mutate('revokeRole', { userId: id, role }, admin)],
    ['who asked was suspended since', ({ id }) => mutate('suspendUser', { id }, admin)],
    ['who asked is gone', ({ id }) => mutate('deleteUser', { id }, admin)],
  ])('does not count when %s', async (_what, happens) => {
    const role = await managerRole();
    const manager = await person(['member', role], ['*:*']);
    const target = await person();
    const { address, token } = await asksFor(manager.as, target);
    await happens(manager, target, role);
    expect(await mutate('verifyEmail', { token })).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
    expect(await rows('select email from users where id = $1', target.id)).toEqual([{ email: target.email }]);
    const [action, outcome, , details] = (await audited(target.id)).at(-1) as unknown[];
    expect({ action, outcome, details }).toMatchObject({
      action: 'user.email_verified',
      outcome: 'DENIED',
      details: { requestedById: manager.id },
    });
    // No mail to choose a password comes to an address that does not count.
    await mutate('requestPasswordReset', { email: address });
    expect(await signIn(target.email)).not.toBeNull();
    // The token is used up: the right coming back gives nothing back.
    await mutate('assignRole', { userId: manager.id, role: 'admin' }, admin);
    expect(await mutate('verifyEmail', { token })).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
    await goes(manager, target);
  });

  test('does not count when the session or key that asked was allowed less than its user', async () => {
    const target = await person();
    const narrow = {
      ...admin,
      scopes: [
        ...MANAGER_SCOPES,
        ...DOMAIN_NAMES.filter((name) => name !== 'auth').map((name) => `${name}:*`),
        'user:*',
        'role:*',
        'api-key:*',
      ],
    } as Viewer;
    const { token } = await asksFor(narrow, target);
    await promotedByUpgrade(target);
    expect(await mutate('verifyEmail', { token })).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
    await goes(target);
  });

  test('counts while who asked may do all that the user can, and both addresses are told', async () => {
    const role = await managerRole();
    const manager = await person(['member', role], ['*:*']);
    const target = await person();
    const { address, token } = await asksFor(manager.as, target);
    expect(await mutate('verifyEmail', { token })).toMatchObject({ email: address });
    await mailed(target.email, 'Your e-mail address was changed');
    await mailed(address, 'This is your e-mail address now');
    expect(await signIn(address)).not.toBeNull();
  });
});

test('of many who confirm the same address at once one gets it, and the others learn that it is taken', async () => {
  const address = 'wanted@example.org';
  const people = await Promise.all(Array.from({ length: 6 }, () => person()));
  for (const { as } of people) await mutate('updateUser', { email: address, currentPassword: PASSWORD }, as);
  const tokens = async () =>
    (await inbox.mailsTo(address)).flatMap(({ text }) => /#token=([\w-]{43})$/m.exec(text)?.[1] ?? []);
  await until('all have a mail', async () => (await tokens()).length >= people.length);
  const answers = await Promise.all((await tokens()).map((token) => mutate('verifyEmail', { token })));
  expect(answers.map(({ __typename }) => __typename).sort()).toEqual([
    ...people.slice(1).map(() => 'UserTakenError'),
    'VerifyEmailSuccess',
  ]);
  const ids = people.map(({ id }) => id);
  expect(await rows('select count(*)::int as n from users where email = $1 and id = any($2)', address, ids)).toEqual([
    { n: 1 },
  ]);
});

describe('suspension', () => {
  test('ends sessions and keys at once, is told once, and is taken back', async () => {
    const { id, email, as } = await person(['member'], ['api-key:write', 'agent:read']);
    const token = (await signIn(email))!;
    await mutate('createApiKey', { name: 'k', scopes: ['agent:read'] }, as);
    const [key] = await rows('select key_hash from api_keys where user_id = $1', id);
    const keyState = async () => (await auth.subgraph.identity.apiKeys([key!['key_hash'] as string]))[0];
    expect(await keyState()).toMatchObject({ userId: id });

    const suspended = { __typename: 'SuspendUserSuccess', user: { status: 'SUSPENDED' } };
    const twice = [1, 2].map(() => mutate('suspendUser', { id, reason: 'left' }, admin));
    expect(await Promise.all(twice)).toEqual([suspended, suspended]);
    expect(await auth.viewerOf(token)).toEqual(ANONYMOUS);
    expect(await keyState()).toBeNull();
    expect(await signIn(email)).toBeNull();
    await mailed(email, 'Your account was suspended');

    const active = { __typename: 'ReactivateUserSuccess', user: { status: 'ACTIVE' } };
    expect(await mutate('reactivateUser', { id }, admin)).toEqual(active);
    expect(await mutate('reactivateUser', { id }, admin)).toEqual(active);
    // What has ended stays so; keys were only asleep.
    expect(await auth.viewerOf(token)).toEqual(ANONYMOUS);
    expect(await keyState()).toMatchObject({ userId: id });
    expect(await signIn(email)).not.toBeNull();
    expect((await events(id)).map(([type]) => type).filter((type) => type !== 'user.registered')).toEqual([
      'user.suspended',
      'user.reactivated',
    ]);
    expect((await audited(id)).filter(([action]) => String(action).startsWith('user.'))).toMatchObject([
      ['user.created', 'SUCCESS', 'other', {}],
      ['user.suspended', 'SUCCESS', 'other', { reason: 'left' }],
      ['user.reactivated', 'SUCCESS', 'other', {}],
    ]);
  });

  test('is not for oneself, nor for somebody who has not confirmed the address', async () => {
    expect(await mutate('suspendUser', { id: adminId }, admin)).toMatchObject({ fields: [{ path: 'id' }] });
    const { id } = await person();
    await auth.pool.query(`update users set status = 'PENDING' where id = $1`, [id]);
    for (const name of ['suspendUser', 'reactivateUser'] as const) {
      expect(await mutate(name, { id }, admin)).toMatchObject({ code: 'CONFLICT' });
    }
  });
});

test('a lost second factor is removed by an administrator, once; sessions end, and the user is told', async () => {
  const { id, email } = await person();
  const token = (await signIn(email))!;
  const without = { __typename: 'ResetUserMfaSuccess', user: { mfaEnabled: false } };
  expect(await mutate('resetUserMfa', { id }, admin)).toEqual(without);
  expect(await auth.viewerOf(token)).not.toEqual(ANONYMOUS);

  await rows('update users set mfa_enabled = true where id = $1', id);
  await rows(`insert into mfa_factors (user_id, sealed_secret, confirmed_at) values ($1, 'sealed', now())`, id);
  await rows(`insert into mfa_backup_codes (id, user_id, code_hash) values ($1, $1, 'hash')`, id);
  expect(await mutate('login', { identifier: email, password: PASSWORD })).toMatchObject({ __typename: 'MfaRequired' });
  expect(await mutate('resetUserMfa', { id, reason: 'showed the passport' }, admin)).toEqual(without);
  expect(await auth.viewerOf(token)).toEqual(ANONYMOUS);
  for (const table of ['mfa_factors', 'mfa_backup_codes', 'mfa_challenges']) {
    expect(await rows(`select 1 from ${table} where user_id = $1`, id)).toEqual([]);
  }
  expect(await signIn(email)).not.toBeNull();
  await mailed(email, 'Two-step sign-in was reset');
  expect((await subjects(email)).length).toBe(1);
  expect((await audited(id)).filter(([action]) => action === 'mfa.reset')).toEqual([
    ['mfa.reset', 'SUCCESS', 'other', { reason: 'showed the passport' }],
  ]);
  expect(await mutate('resetUserMfa', { id: adminId }, admin)).toMatchObject({ fields: [{ path: 'id' }] });
});

describe('deletion', () => {
  test('of oneself takes the password, and leaves the id alone', async () => {
    const { id, email, as, name } = await person(['member'], ['api-key:write', 'agent:read']);
    const token = (await signIn(email))!;
    await mutate('createApiKey', { name: 'k', scopes: ['agent:read'] }, as);
    expect(await mutate('deleteUser', { currentPassword: 'not the password' }, as)).toMatchObject({
      code: 'WRONG_PASSWORD',
    });
    expect(await mutate('deleteUser', {}, as)).toMatchObject({ code: 'WRONG_PASSWORD' });
    expect(await signIn(email)).not.toBeNull();

    expect(await mutate('deleteUser', { currentPassword: PASSWORD }, as)).toEqual({
      __typename: 'DeleteUserSuccess',
      id,
    });
    expect(await auth.viewerOf(token)).toEqual(ANONYMOUS);
    expect(await signIn(email)).toBeNull();
    for (const table of ['user_roles', 'sessions', 'api_keys', 'password_reset_tokens']) {
      expect([table, await rows(`select 1 from ${table} where user_id = $1`, id)]).toEqual([table, []]);
    }
    await mailed(email, 'Your account was deleted');
    expect((await events(id)).at(-1)).toEqual(['user.deleted', { userId: id }]);
    expect((await audited(id)).at(-1)).toEqual(['user.deleted', 'SUCCESS', 'self', {}]);

    const entities = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on User { id username email status } } }`;
    expect(await auth.ask(entities, { representations: [{ __typename: 'User', id }] }, admin)).toEqual({
      _entities: [{ id, username: 'deleted user', email: null, status: 'DELETED' }],
    });
    expect(await mutate('assignRole', { userId: id, role: 'member' }, admin)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await mutate('deleteUser', { id }, admin)).toMatchObject({ code: 'NOT_FOUND' });
    // Address and name are free again.
    const again = await mutate('createUser', { email, username: name, password: PASSWORD }, admin);
    expect(again.__typename).toBe('CreateUserSuccess');
  });

  test('never takes the last active administrator', async () => {
    expect(await mutate('deleteUser', { id: adminId }, admin)).toMatchObject({ code: 'WRONG_PASSWORD' });
    const before = await stateOf(adminId);
    expect(await mutate('deleteUser', { currentPassword: PASSWORD }, admin)).toMatchObject({
      code: 'LAST_ADMINISTRATOR',
    });
    expect(await stateOf(adminId)).toEqual(before);
    expect((await audited(adminId)).at(-1)).toMatchObject(['user.deleted', 'FAILURE', 'self', {}]);
  });

  // The last of all: it may end the administrator of the others.
  test('of two administrators who go for each other at the same time one stays', async () => {
    const { id, as } = await person(['admin'], ['*:*']);
    const both = await Promise.all([mutate('deleteUser', { id }, admin), mutate('suspendUser', { id: adminId }, as)]);
    // Whoever comes second has lost their scopes.
    expect(both.map(({ __typename }) => __typename)).toEqual(
      both[0].__typename === 'DeleteUserSuccess'
        ? ['DeleteUserSuccess', 'UserBeyondOwnScopesError']
        : ['UserBeyondOwnScopesError', 'SuspendUserSuccess'],
    );
    const active = await rows(
      `select users.id from users join user_roles on user_id = users.id join roles on roles.id = role_id
       where roles.name = 'admin' and status = 'ACTIVE'`,
    );
    expect(active).toHaveLength(1);
  });
});
