import { readFileSync } from 'node:fs';
import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { openInbox, type Inbox } from '../../testing/inbox.ts';

// Hashing passwords takes its time.
jest.setTimeout(180_000);

const PASSWORD = 'a long enough password';
const OF_HIJACKER = 'what the hijacker has chosen';

let auth: AuthUnderTest;
let inbox: Inbox;
let admin: Viewer;
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
  admin = viewer(first!['id'] as string, ['*:*']);
  for (const scopes of [MANAGER_SCOPES, POWER_SCOPES]) {
    await mutate('createRole', { name: nameOf(scopes), scopes }, admin);
  }
});
afterAll(async () => {
  await inbox.close();
  await auth.stop();
});

const MANAGER_SCOPES = ['user:read-any', 'user:write-any'];
const POWER_SCOPES = ['agent:read-any', 'agent:write-any'];
const nameOf = (scopes: readonly string[]) => (scopes === MANAGER_SCOPES ? 'manager' : 'power');

const SELECTIONS = {
  createUser: '... on CreateUserSuccess { user { id } }',
  createRole: '... on CreateRoleSuccess { role { id version } }',
  updateRole: '... on UpdateRoleSuccess { role { scopes } } ...Refused',
  assignRole: '... on AssignRoleSuccess { user { id } } ...Refused',
  updateUser: '... on UpdateUserSuccess { pendingEmail }',
  verifyEmail: '... on VerifyEmailSuccess { email }',
  requestPasswordReset: '... on RequestPasswordResetSuccess { accepted }',
  resetPassword: '... on ResetPasswordSuccess { reset: __typename }',
  suspendUser: '... on SuspendUserSuccess { user { id } }',
  login: '... on LoginSuccess { tokens { accessToken } }',
} as const;
const REFUSED = `fragment Refused on AddressGivenByOthersError {
  message addresses { user { id email } email givenBy { id } givenAt } }`;

type Name = keyof typeof SELECTIONS;
type Answer = Record<string, unknown> & { readonly __typename: string };
const mutate = async (name: Name, input: object, as: Viewer = ANONYMOUS) => {
  const selection: string = SELECTIONS[name];
  const document = `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { __typename ${selection} ... on MutationError { code } } }
    ${selection.includes('...Refused') ? REFUSED : ''}`;
  return (await auth.ask<Record<string, Answer>>(document, { input }, as))[name]!;
};
const rows = async (sql: string, ...values: unknown[]) =>
  (await auth.pool.query<Record<string, unknown>>(sql, values)).rows;

function viewer(userId: string, scopes: readonly string[]): Viewer {
  return { kind: 'user', userId, scopes, sessionId: 'none', expiresAt: 4e9, recentUntil: 4e9 };
}

let counter = 0;
interface Person {
  readonly id: string;
  readonly email: string;
  readonly as: Viewer;
}
const freshAddress = (whose: string) => `${whose}-${(counter += 1)}@example.org`;

async function person({ roles = ['member'], scopes = ['user:read'], by = admin, password = PASSWORD } = {}) {
  const email = freshAddress('person');
  const { user } = await mutate('createUser', { email, password, roles }, by);
  const { id } = user as { id: string };
  return { id, email, as: viewer(id, scopes) };
}
const manager = () => person({ roles: ['member', 'manager'], scopes: ['*:*'] });

/** Makes an address that `by` owns, or the person themselves, that of the person. */
async function moveTo(target: Person, by: Viewer, password?: string): Promise<string> {
  const email = freshAddress('moved');
  const input = by === target.as ? { email, currentPassword: password } : { id: target.id, email };
  expect(await mutate('updateUser', input, by)).toMatchObject({ pendingEmail: email });
  const token = await inbox.tokenFor(email, 'Confirm your e-mail address');
  expect(await mutate('verifyEmail', { token })).toMatchObject({ email });
  return email;
}
async function choosePassword(email: string, password: string): Promise<void> {
  await mutate('requestPasswordReset', { email });
  const token = await inbox.tokenFor(email, 'Choose a new password');
  expect(await mutate('resetPassword', { token, newPassword: password })).toMatchObject({ reset: expect.any(String) });
}
const signsIn = async (identifier: string, password: string) =>
  (await mutate('login', { identifier, password })).__typename === 'LoginSuccess';

/** Ways in which somebody comes to be allowed more. */
const WAYS: [string, (target: Person) => Promise<Answer>][] = [
  ['a role', ({ id }) => mutate('assignRole', { userId: id, role: 'power' }, admin)],
  ['the role of administrators', ({ id }) => mutate('assignRole', { userId: id, role: 'admin' }, admin)],
  [
    'more scopes of a role',
    async ({ id }) => {
      const name = `held-${(counter += 1)}`;
      const { role } = await mutate('createRole', { name, scopes: [] }, admin);
      expect(await mutate('assignRole', { userId: id, role: name }, admin)).toMatchObject({ user: { id } });
      const { id: roleId, version } = role as { id: string; version: number };
      return mutate('updateRole', { id: roleId, expectedVersion: version, scopes: POWER_SCOPES }, admin);
    },
  ],
];

/** How a manager comes to own the address of somebody, whose address it is then. */
const HIJACKS: [string, (by: Person) => Promise<{ target: Person; given: string }>][] = [
  [
    'a manager gave the address',
    async ({ as }) => {
      const target = await person();
      const email = await moveTo(target, as);
      return { target: { ...target, email }, given: email };
    },
  ],
  [
    'a manager gave the address, chose a password there and moved on as the user',
    async ({ as }) => {
      const target = await person();
      const given = await moveTo(target, as);
      await choosePassword(given, OF_HIJACKER);
      const email = await moveTo(target, target.as, OF_HIJACKER);
      return { target: { ...target, email }, given };
    },
  ],
  [
    'a manager gave the address, chose a password there, and an administrator gave another one',
    async ({ as }) => {
      const target = await person();
      const given = await moveTo(target, as);
      await choosePassword(given, OF_HIJACKER);
      const email = await moveTo(target, admin);
      return { target: { ...target, email }, given };
    },
  ],
  [
    'a manager made the user',
    async ({ as }) => {
      const target = await person({ by: as, roles: ['member'] });
      return { target, given: target.email };
    },
  ],
  [
    'somebody who is gone by now gave the address',
    async ({ id }) => {
      const target = await person();
      const former = await person({ roles: ['admin'], scopes: ['*:*'] });
      const email = await moveTo(target, former.as);
      await mutate('suspendUser', { id: former.id }, admin);
      // Whom the error is to name.
      await rows('update given_addresses set given_by_id = $2 where given_by_id = $1', former.id, id);
      return { target: { ...target, email }, given: email };
    },
  ],
];

describe.each(HIJACKS)('%s', (_how, hijack) => {
  test.each(WAYS)('nobody gives the user %s without a word', async (_what, promote) => {
    const by = await manager();
    const { target, given } = await hijack(by);
    const before = await rows('select role_id from user_roles where user_id = $1', target.id);
    expect(await promote(target)).toEqual({
      __typename: 'AddressGivenByOthersError',
      code: 'ADDRESS_GIVEN_BY_OTHERS',
      message: expect.stringContaining('`confirmedEmail`'),
      addresses: [
        {
          user: { id: target.id, email: target.email },
          email: given,
          givenBy: { id: by.id },
          givenAt: expect.any(Date),
        },
      ],
    });
    const held = await rows(
      `select role_id from user_roles join roles on roles.id = role_id where user_id = $1 and scopes <> '{}'`,
      target.id,
    );
    expect(held).toEqual(before);
    expect(
      (await rows(`select 1 from audit_logs where outcome = 'DENIED' and actor_id = $1`, idOf(admin))).length,
    ).toBeGreaterThan(0);

    const confirmed = { userId: target.id, role: 'member', confirmedEmail: target.email.toUpperCase() };
    expect(await mutate('assignRole', { ...confirmed, confirmedEmail: by.email }, admin)).toMatchObject({
      __typename: 'InvalidInputError',
    });
    expect(await mutate('assignRole', confirmed, admin)).toMatchObject({ user: { id: target.id } });
    expect((await promote(target)).__typename).toMatch(/Success$/);
    // Nothing of before opens the account; a link that came afterwards does.
    expect(await signsIn(target.email, OF_HIJACKER)).toBe(false);
    expect(await signsIn(target.email, PASSWORD)).toBe(false);
    await choosePassword(target.email, 'chosen by the person at last');
    expect(await signsIn(target.email, 'chosen by the person at last')).toBe(true);
  });
});

const idOf = (as: Viewer) => (as.kind === 'anonymous' ? '' : as.userId);

/** Whose address is their own, or was given by somebody who may do as much. */
const HARMLESS: [string, () => Promise<Person>][] = [
  ['an administrator made the user', () => person()],
  [
    'an administrator gave the address',
    async () => {
      const target = await person();
      return { ...target, email: await moveTo(target, admin) };
    },
  ],
  [
    'the person has chosen the address',
    async () => {
      const target = await person();
      return { ...target, email: await moveTo(target, target.as, PASSWORD) };
    },
  ],
  [
    'a manager gave an address, and the person has chosen another one since',
    async () => {
      const target = await person();
      await moveTo(target, (await manager()).as);
      return { ...target, email: await moveTo(target, target.as, PASSWORD) };
    },
  ],
];

describe.each(HARMLESS)('%s', (_how, make) => {
  test.each(WAYS)('the user is given %s, and links of before are void', async (_what, promote) => {
    const target = await make();
    const by = await manager();
    const asked = freshAddress('wanted');
    await mutate('updateUser', { id: target.id, email: asked }, by.as);
    const confirmation = await inbox.tokenFor(asked, 'Confirm your e-mail address');
    await mutate('requestPasswordReset', { email: target.email });
    const reset = await inbox.tokenFor(target.email, 'Choose a new password');

    expect((await promote(target)).__typename).toMatch(/Success$/);
    expect(await mutate('resetPassword', { token: reset, newPassword: OF_HIJACKER })).toMatchObject({
      code: 'INVALID_MAIL_TOKEN',
    });
    expect(await mutate('verifyEmail', { token: confirmation })).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
    expect(await signsIn(target.email, PASSWORD)).toBe(true);
  });
});

test('an invitation of before a promotion is void, and its reader asks for another link', async () => {
  const email = freshAddress('invited');
  const { user } = await mutate('createUser', { email, roles: ['member'] }, admin);
  const token = await inbox.tokenFor(email, 'Your account at Flowmesh');
  const { id } = user as { id: string };
  expect(await mutate('assignRole', { userId: id, role: 'power' }, admin)).toMatchObject({ user: { id } });
  expect(await mutate('resetPassword', { token, newPassword: PASSWORD })).toMatchObject({ code: 'INVALID_MAIL_TOKEN' });
  await choosePassword(email, PASSWORD);
  expect(await signsIn(email, PASSWORD)).toBe(true);
});

test('what allows nothing more leaves links as they are, and asks nothing', async () => {
  const target = await person({ by: (await manager()).as });
  await mutate('requestPasswordReset', { email: target.email });
  const token = await inbox.tokenFor(target.email, 'Choose a new password');
  const { role } = await mutate('createRole', { name: `less-${(counter += 1)}`, scopes: ['agent:read'] }, admin);
  expect(role).toBeDefined();
  const name = `less-${counter}`;
  expect(await mutate('assignRole', { userId: target.id, role: name }, admin)).toMatchObject({
    user: { id: target.id },
  });
  expect(await mutate('resetPassword', { token, newPassword: OF_HIJACKER })).toMatchObject({
    reset: expect.any(String),
  });
});

test('addresses of before are known by the audit log', async () => {
  const by = await manager();
  const made = await person({ by: by.as });
  const moved = await person();
  const email = await moveTo(moved, by.as);
  const own = await person();
  await moveTo(own, own.as, PASSWORD);
  const before = await rows('delete from given_addresses where user_id = any($1) returning user_id', [
    made.id,
    moved.id,
    own.id,
  ]);
  expect(before.length).toBeGreaterThan(1);
  const migration = readFileSync('prisma/auth/migrations/20261130110000_given_addresses/migration.sql', 'utf8');
  for (const statement of migration.split(';').filter((part) => part.includes('INSERT INTO'))) {
    await auth.pool.query(statement.includes('ON CONFLICT') ? statement : `${statement} ON CONFLICT DO NOTHING`);
  }
  for (const { id, address } of [
    { id: made.id, address: made.email },
    { id: moved.id, address: email },
  ]) {
    expect(await mutate('assignRole', { userId: id, role: 'power' }, admin)).toMatchObject({
      addresses: [{ user: { id }, email: address, givenBy: { id: by.id } }],
    });
  }
  expect(await mutate('assignRole', { userId: own.id, role: 'power' }, admin)).toMatchObject({ user: { id: own.id } });
});

test('vouching and giving is one step, and the link of its mail opens the account', async () => {
  const by = await manager();
  const target = await person({ by: by.as });
  const input = { userId: target.id, role: 'power', confirmedEmail: target.email };
  expect(await mutate('assignRole', input, admin)).toMatchObject({ user: { id: target.id } });
  expect(await signsIn(target.email, PASSWORD)).toBe(false);
  const token = await inbox.tokenFor(target.email, 'Your e-mail address was confirmed by an administrator');
  expect(await mutate('resetPassword', { token, newPassword: OF_HIJACKER })).toMatchObject({
    reset: expect.any(String),
  });
  expect(await signsIn(target.email, OF_HIJACKER)).toBe(true);
  // Once more it changes nothing, and nothing is void.
  expect(await mutate('assignRole', input, admin)).toMatchObject({ user: { id: target.id } });
  expect(await signsIn(target.email, OF_HIJACKER)).toBe(true);
});

test('the address is seen, and vouched for, by those who see addresses', async () => {
  const by = await manager();
  const target = await person({ by: by.as });
  const blind = viewer(idOf(admin), ['role:assign', ...POWER_SCOPES]);
  const input = { userId: target.id, role: 'power' };
  expect(await mutate('assignRole', input, blind)).toMatchObject({
    addresses: [{ user: { id: target.id, email: null }, email: null, givenBy: { id: by.id } }],
  });
  expect(await mutate('assignRole', { ...input, confirmedEmail: target.email }, blind)).toMatchObject({
    __typename: 'InvalidInputError',
  });
});

test('of a gift and a confirmation at the same moment never both count', async () => {
  for (let round = 0; round < 5; round += 1) {
    const by = await manager();
    const target = await person();
    const email = freshAddress('raced');
    await mutate('updateUser', { id: target.id, email }, by.as);
    const token = await inbox.tokenFor(email, 'Confirm your e-mail address');
    const [given, verified] = await Promise.all([
      mutate('assignRole', { userId: target.id, role: 'power' }, admin),
      mutate('verifyEmail', { token }),
    ]);
    const both = [given.__typename === 'AssignRoleSuccess', verified.__typename === 'VerifyEmailSuccess'];
    expect(both).not.toEqual([true, true]);
    expect(both).not.toEqual([false, false]);
  }
});
