import { ANONYMOUS, type Viewer } from '@flowmesh/platform/access';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { SYSTEM_ROLES } from '../roles/system-roles.ts';
import { usernameFrom } from './user-input.ts';

// Hashing passwords takes its time.
jest.setTimeout(60_000);

let auth: AuthUnderTest;
let admin: Viewer;
let adminId: string;

beforeAll(async () => {
  auth = await startAuth();
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  adminId = rows[0]!.id;
  admin = viewer(adminId, ['*:*']);
});
afterAll(() => auth.stop());

const viewer = (userId: string, scopes: readonly string[]): Viewer => ({
  kind: 'user',
  userId,
  scopes,
  sessionId: 'none',
  expiresAt: 4e9,
  recentUntil: 4e9,
});

const PRIVATE = 'email status emailVerified lastLogin scopes roles { name }';
const CREATE = `mutation ($input: CreateUserInput!) { createUser(input: $input) {
  __typename
  ... on CreateUserSuccess { user { id username firstName ${PRIVATE} } }
  ... on MutationError { code }
  ... on InvalidInputError { fields { path message } }
  ... on UserTakenError { field }
} }`;
const PASSWORD = 'a long enough password';

const create = async (input: object, as = admin) =>
  (
    await auth.ask<{ createUser: { __typename: string; user: { id: string; username: string } } }>(
      CREATE,
      { input },
      as,
    )
  ).createUser;
const MISSING_SCOPES = { assignRole: '... on RoleBeyondOwnScopesError { missingScopes }', revokeRole: '' };
const change = async (field: 'assignRole' | 'revokeRole', userId: string, role: string, as = admin) =>
  (
    await auth.ask<Record<string, { __typename: string }>>(
      `mutation ($userId: ID!, $role: String!) { ${field}(input: { userId: $userId, role: $role }) {
        __typename ... on MutationError { code } ${MISSING_SCOPES[field]}
        ... on InvalidInputError { fields { path } }
      } }`,
      { userId, role },
      as,
    )
  )[field];
const events = async (type: string, userId: string) =>
  (
    await auth.pool.query<{ payload: unknown }>('select payload from outbox_events where type = $1 and owner_id = $2', [
      type,
      userId,
    ])
  ).rows.map(({ payload }) => payload);

test('a user is made with roles, and the event with it', async () => {
  const { user } = await create({ email: 'Ada@Example.org', firstName: 'Ada', password: PASSWORD });
  expect(user).toEqual({
    id: expect.any(String),
    username: 'ada',
    firstName: 'Ada',
    email: 'ada@example.org',
    status: 'ACTIVE',
    emailVerified: false,
    lastLogin: null,
    scopes: [...SYSTEM_ROLES.find(({ name }) => name === 'member')!.scopes].sort(),
    roles: [{ name: 'member' }],
  });
  expect(await events('user.registered', user.id)).toEqual([{ userId: user.id, username: 'ada' }]);
  // The name was not chosen, so another one is found.
  expect((await create({ email: 'ada@example.net', password: PASSWORD })).user.username).toMatch(/^ada-[0-9a-f]{8}$/);
  expect(await create({ email: 'ADA@example.ORG', password: PASSWORD })).toMatchObject({ field: 'email' });
  expect(await create({ email: 'a@b.de', username: 'Ada', password: PASSWORD })).toMatchObject({ field: 'username' });
});

test('of users made at the same moment with one address one is made, and nothing is left of the others', async () => {
  const before = await auth.pool.query('select count(*)::int as n from outbox_events');
  const made = await Promise.all(
    ['t1', 't2', 't3', 't4'].map((username) => create({ email: 'twin@example.org', username, password: PASSWORD })),
  );
  expect(made.map(({ __typename }) => __typename).sort()).toEqual([
    'CreateUserSuccess',
    ...Array<string>(3).fill('UserTakenError'),
  ]);
  const after = await auth.pool.query('select count(*)::int as n from outbox_events');
  expect(after.rows[0].n - before.rows[0].n).toBe(1);
});

test('bad input is told all at once', async () => {
  const paths = async (input: object, as = admin) => {
    const result = (await create(input, as)) as unknown as { fields: { path: string }[] };
    return result.fields.map(({ path }) => path);
  };
  expect(await paths({ email: 'x', username: '!', firstName: 'a\0', lastName: ' b', password: 'short' })).toEqual([
    'email',
    'username',
    'firstName',
    'lastName',
    'password',
  ]);
  expect(await paths({ email: 'c@example.org', password: 'example-c@example' })).toEqual(['password']);
  expect(await paths({ email: 'c@example.org', password: PASSWORD, roles: ['member', 'x'] })).toEqual(['roles[1]']);
  const registrar = viewer(adminId, ['user:write-any', 'user:read', 'role:read']);
  expect(await paths({ email: 'c@example.org', password: PASSWORD, roles: ['observer'] }, registrar)).toEqual([
    'roles',
  ]);
  expect((await create({ email: 'c@example.org', password: PASSWORD, roles: [] }, registrar)).__typename).toBe(
    'CreateUserSuccess',
  );
});

test('others see the name and nothing personal', async () => {
  const { user } = await create({ email: 'eve@example.org', password: PASSWORD });
  const other = viewer('somebody', ['user:read']);
  const entities = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { ... on User { username ${PRIVATE} } }
  }`;
  const representations = [user.id, 'nobody\0'].map((id) => ({ __typename: 'User', id }));
  const hidden = { email: null, status: null, emailVerified: null, lastLogin: null, scopes: null, roles: null };
  expect(await auth.ask(entities, { representations }, other)).toEqual({
    _entities: [{ username: 'eve', ...hidden }, null],
  });
  expect(await auth.ask(entities, { representations }, viewer(user.id, []))).toMatchObject({
    _entities: [{ username: 'eve', email: 'eve@example.org', roles: [{ name: 'member' }] }, null],
  });
  const byId = 'query ($id: ID!) { user(id: $id) { email } }';
  expect(await auth.ask(byId, { id: user.id }, other)).toEqual({ user: null });
  expect(await auth.ask(byId, { id: user.id }, admin)).toEqual({ user: { email: 'eve@example.org' } });
  expect(await auth.ask('{ me { id } }', {}, viewer(user.id, []))).toEqual({ me: { id: user.id } });
  expect(await auth.refusal('{ users { nodes { id } } }', {}, other)).toEqual(['FORBIDDEN']);
  expect(await auth.refusal('{ me { id } }', {}, ANONYMOUS)).toEqual(['UNAUTHENTICATED']);
});

test('users are listed by page, filter and order', async () => {
  const list = `query ($filter: UserFilter, $orderBy: UserOrder, $first: Int, $after: String) {
    users(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      nodes { email } pageInfo { hasNextPage endCursor } totalCount
    } }`;
  type Page = { users: { nodes: { email: string }[]; totalCount: number; pageInfo: { endCursor: string } } };
  for (const field of ['CREATED_AT', 'USERNAME', 'EMAIL', 'LAST_LOGIN']) {
    for (const direction of ['ASC', 'DESC']) {
      const orderBy = { field, direction };
      const { users: all } = await auth.ask<Page>(list, { orderBy, first: 100 }, admin);
      expect(all.nodes).toHaveLength(all.totalCount);
      const seen: unknown[] = [];
      for (let after: string | null = null; seen.length < all.totalCount;) {
        const { users: page }: Page = await auth.ask<Page>(list, { orderBy, first: 2, after }, admin);
        seen.push(...page.nodes);
        after = page.pageInfo.endCursor;
      }
      expect(seen).toEqual(all.nodes);
    }
  }
  const found = async (filter: object) => (await auth.ask<Page>(list, { filter }, admin)).users;
  expect(await found({ search: 'EVE@' })).toMatchObject({ nodes: [{ email: 'eve@example.org' }], totalCount: 1 });
  expect((await found({ search: '%' })).nodes).toEqual([]);
  await create({ email: 'jo@münchen.example', password: PASSWORD });
  for (const search of ['münchen.EXAMPLE', 'Jo@mu\u0308nchen.ex', 'xn--mnchen-3ya', 'jo@']) {
    expect((await found({ search })).nodes).toEqual([{ email: 'jo@xn--mnchen-3ya.example' }]);
  }
  expect((await found({ role: 'admin' })).nodes).toEqual([{ email: 'admin@flowmesh.local' }]);
  expect((await found({ status: 'SUSPENDED' })).totalCount).toBe(0);
  expect(await auth.refusal(list, { filter: { search: 'a\0' } }, admin)).toEqual(['BAD_USER_INPUT']);
  expect(await auth.refusal(list, { first: 101 }, admin)).toEqual(['BAD_USER_INPUT']);
});

test('roles are given and taken, and count at once', async () => {
  const { user } = await create({ email: 'rob@example.org', password: PASSWORD, roles: [] });
  expect(await Promise.all([1, 2].map(() => change('assignRole', user.id, 'observer')))).toEqual(
    Array(2).fill({ __typename: 'AssignRoleSuccess' }),
  );
  expect(await events('user.role.assigned', user.id)).toEqual([
    { userId: user.id, role: 'observer', actorId: adminId },
  ]);
  expect(await change('revokeRole', user.id, 'observer')).toEqual({ __typename: 'RevokeRoleSuccess' });
  expect(await change('revokeRole', user.id, 'observer')).toEqual({ __typename: 'RevokeRoleSuccess' });
  expect(await events('user.role.revoked', user.id)).toHaveLength(1);
  expect(await change('assignRole', 'nobody', 'member')).toMatchObject({ code: 'NOT_FOUND' });
  expect(await change('assignRole', user.id, 'x')).toMatchObject({ fields: [{ path: 'role' }] });
  const member = SYSTEM_ROLES.find(({ name }) => name === 'member')!.scopes;
  const assigner = viewer(adminId, ['role:assign', ...member.filter((scope) => scope !== 'role:read')]);
  expect(await change('assignRole', user.id, 'member', assigner)).toEqual({
    __typename: 'RoleBeyondOwnScopesError',
    code: 'ROLE_BEYOND_OWN_SCOPES',
    missingScopes: ['role:read'],
  });
});

test('of two administrators who give the role up at the same time one stays', async () => {
  const { user } = await create({ email: 'second@example.org', password: PASSWORD, roles: ['admin'] });
  const both = await Promise.all(
    [adminId, user.id].map((id) => change('revokeRole', id, 'admin', viewer(id, ['*:*']))),
  );
  expect(both.map((result) => result?.__typename).sort()).toEqual(['LastAdministratorError', 'RevokeRoleSuccess']);
  const { rows } = await auth.pool.query<{ user_id: string }>(
    `select user_id from user_roles join roles on roles.id = role_id where roles.name = 'admin'`,
  );
  expect(rows).toHaveLength(1);
  await change('assignRole', adminId, 'admin', viewer(rows[0]!.user_id, ['*:*']));
});

test('further processes find the same key, roles and administrator, also when they start together', async () => {
  await auth.pool.query('truncate signing_keys, roles, users cascade');
  const replicas = await Promise.all([1, 2, 3].map(() => auth.replica()));
  expect(replicas.filter(({ firstAdministrator }) => firstAdministrator)).toHaveLength(1);
  const keys = await Promise.all(replicas.map(({ identity }) => identity.jwks()));
  expect(keys[0]?.keys).toHaveLength(1);
  expect(keys).toEqual([keys[0], keys[0], keys[0]]);
  const { rows } = await auth.pool.query('select name, scopes, is_system from roles order by name');
  expect(rows).toEqual(SYSTEM_ROLES.map(({ name, scopes }) => ({ name, scopes, is_system: true })));
  const { rows: stored } = await auth.pool.query('select sealed_private_key from signing_keys');
  expect(stored).toEqual([{ sealed_private_key: expect.stringMatching(/^v2\.[\w-]{8}\.[\w-]+$/) }]);
});

test('names made of addresses are names', () => {
  expect(['ada@x.org', 'a+b@x.org', 'ä@x.org', `${'x'.repeat(64)}@x.org`].map(usernameFrom)).toEqual([
    'ada',
    'a-b',
    'user--',
    'x'.repeat(48),
  ]);
});
