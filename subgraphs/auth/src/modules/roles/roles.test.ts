import type { Viewer } from '@flowmesh/platform/access';
import { readOutbox } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import { newId } from '@flowmesh/platform/ids';
import { SCOPES } from '../../__generated__/scopes.ts';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';
import { SYSTEM_ROLES } from './system-roles.ts';

jest.setTimeout(60_000);

let auth: AuthUnderTest;
let admin: Viewer;
beforeAll(async () => {
  auth = await startAuth();
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  admin = viewer(rows[0]!.id, ['*:*']);
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

let counter = 0;
const unique = (word: string) => `${word}-${(counter += 1)}-${newId().slice(-6)}`;

/** A user who holds a role of these scopes; as their session sees them. */
async function holder(scopes: readonly string[]) {
  const userId = newId();
  const roleId = newId();
  await auth.pool.query(
    `insert into users (id, email, username, username_key) values ($1, $1 || '@x.test', $1, lower($1))`,
    [userId],
  );
  await auth.pool.query(`insert into roles (id, name, description, scopes) values ($1, $2, '', $3)`, [
    roleId,
    unique('held'),
    scopes,
  ]);
  await auth.pool.query('insert into user_roles (user_id, role_id) values ($1, $2)', [userId, roleId]);
  return { userId, roleId, viewer: viewer(userId, scopes) };
}

type Result = { readonly __typename: string; readonly code?: string; readonly missingScopes?: string[] } & Record<
  string,
  unknown
>;
const ROLE = 'role { id name description scopes isSystem version }';
const EXTRAS: Record<string, string> = {
  createRole: `... on CreateRoleSuccess { ${ROLE} } ... on RoleBeyondOwnScopesError { missingScopes }`,
  updateRole: `... on UpdateRoleSuccess { ${ROLE} } ... on RoleBeyondOwnScopesError { missingScopes }`,
  deleteRole: `... on DeleteRoleSuccess { id holderCount } ... on RoleHeldError { holderCount }
    ... on RoleBeyondOwnScopesError { missingScopes }`,
  assignRole: '... on RoleBeyondOwnScopesError { missingScopes }',
  revokeRole: '... on RoleBeyondOwnScopesError { missingScopes }',
};

async function change(field: string, input: object, as: Viewer = admin): Promise<Result> {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const data = await auth.ask<Record<string, Result>>(
    `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ... on MutationError { code }
       ... on InvalidInputError { fields { path message } } ${EXTRAS[field]} } }`,
    { input },
    as,
  );
  return data[field]!;
}

const make = async (scopes: readonly string[], as = admin) => {
  const name = unique('role');
  const { role } = (await change('createRole', { name, scopes }, as)) as unknown as {
    role: { id: string; name: string; version: number };
  };
  return role;
};

const table = async (name: string) =>
  (
    await auth.pool.query<{ rows: string }>(
      `select coalesce(string_agg(t::text, '|' order by t::text), '') as rows from ${name} t`,
    )
  ).rows[0]!.rows;
const everything = async () => Promise.all(['roles', 'user_roles', 'users', 'outbox_events'].map(table));

const audited = async (targetId: string) =>
  (
    await auth.pool.query<object>(
      `select action, outcome::text, actor_id, details from audit_logs where target_id = $1 order by occurred_at, id`,
      [targetId],
    )
  ).rows;

describe('a role', () => {
  test('is made, changed, listed and removed', async () => {
    const name = unique('team');
    const created = await change('createRole', {
      name,
      description: 'Käse',
      scopes: ['workflow:*', 'agent:read', 'agent:read'],
    });
    const role = { name, description: 'Käse', scopes: ['agent:read', 'workflow:*'], isSystem: false };
    expect(created).toEqual({
      __typename: 'CreateRoleSuccess',
      role: { ...role, id: expect.any(String) as string, version: 1 },
    });
    const { id } = created.role as { id: string };
    expect(await change('updateRole', { id, expectedVersion: 1, scopes: ['agent:read', 'role:read'] })).toEqual({
      __typename: 'UpdateRoleSuccess',
      role: { ...role, id, scopes: ['agent:read', 'role:read'], version: 2 },
    });
    expect(await change('updateRole', { id, expectedVersion: 1, name: 'x' })).toEqual({
      __typename: 'ConflictError',
      code: 'CONFLICT',
    });
    const taken = await make(['agent:read']);
    expect(await change('updateRole', { id, expectedVersion: 2, name: taken.name })).toEqual({
      __typename: 'RoleNameTakenError',
      code: 'ROLE_NAME_TAKEN',
    });
    expect(await change('createRole', { name, scopes: [] })).toMatchObject({ code: 'ROLE_NAME_TAKEN' });
    expect(await auth.ask('query ($id: ID!) { role(id: $id) { name version } }', { id }, admin)).toEqual({
      role: { name, version: 2 },
    });
    expect(await change('deleteRole', { id })).toEqual({ __typename: 'DeleteRoleSuccess', id, holderCount: 0 });
    expect(await auth.ask('query ($id: ID!) { role(id: $id) { name } }', { id }, admin)).toEqual({ role: null });
    expect(await change('deleteRole', { id })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await change('updateRole', { id, expectedVersion: 3 })).toMatchObject({ code: 'NOT_FOUND' });
    const actor_id = admin.kind === 'user' && admin.userId;
    expect(await audited(id)).toEqual([
      {
        action: 'role.created',
        outcome: 'SUCCESS',
        actor_id,
        details: { name, scopes: ['agent:read', 'workflow:*'] },
      },
      {
        action: 'role.updated',
        outcome: 'SUCCESS',
        actor_id,
        details: { name, added: ['role:read'], removed: ['workflow:*'] },
      },
      {
        action: 'role.deleted',
        outcome: 'SUCCESS',
        actor_id,
        details: { name, scopes: ['agent:read', 'role:read'], holders: 0 },
      },
    ]);
    expect(await readOutbox(auth.pool, `role:${id}`)).toEqual([
      { type: 'role.created', payload: { roleId: id, name, scopes: ['agent:read', 'workflow:*'] } },
      { type: 'role.updated', payload: { roleId: id, name, scopes: ['agent:read', 'role:read'] } },
      { type: 'role.deleted', payload: { roleId: id, name, scopes: ['agent:read', 'role:read'] } },
    ]);
  });

  test('that is held stays unless told otherwise, and then each holder is told', async () => {
    const { userId, roleId } = await holder(['agent:read']);
    const counts = 'query ($id: ID!) { role(id: $id) { holderCount } }';
    expect(await auth.ask(counts, { id: roleId }, admin)).toEqual({ role: { holderCount: 1 } });
    expect(await auth.refusal(counts, { id: roleId }, viewer('x', ['role:read']))).toEqual(['FORBIDDEN']);
    expect(await change('deleteRole', { id: roleId })).toEqual({
      __typename: 'RoleHeldError',
      code: 'ROLE_HELD',
      holderCount: 1,
    });
    expect(await change('deleteRole', { id: roleId, evenIfHeld: true })).toEqual({
      __typename: 'DeleteRoleSuccess',
      id: roleId,
      holderCount: 1,
    });
    const { rows } = await auth.pool.query('select count(*)::int as n from user_roles where user_id = $1', [userId]);
    expect(rows).toEqual([{ n: 0 }]);
    expect(await audited(userId)).toMatchObject([{ action: 'role.revoked', outcome: 'SUCCESS' }]);
  });

  test.each(SYSTEM_ROLES.map(({ name }) => name))('%s, which came with the product, stays as it is', async (name) => {
    const { rows } = await auth.pool.query<{ id: string }>('select id from roles where name = $1', [name]);
    const { id } = rows[0]!;
    const before = await everything();
    const refused = { __typename: 'SystemRoleError', code: 'SYSTEM_ROLE' };
    expect(await change('updateRole', { id, expectedVersion: 1, scopes: [] })).toEqual(refused);
    expect(await change('deleteRole', { id, evenIfHeld: true })).toEqual(refused);
    expect(await everything()).toEqual(before);
  });

  test('has scopes there are, and wildcards that mean one', async () => {
    const message = 'is no scope, and means none; `availableScopes` lists them';
    const wrong = [
      'agent:fly',
      'nothing:*',
      '*:fly',
      '*',
      'agent',
      'agent:read:x',
      'Agent:read',
      'agent:re*',
      '',
      'a\0:b',
    ];
    expect(await change('createRole', { name: unique('wrong'), scopes: ['agent:read', ...wrong] })).toEqual({
      __typename: 'InvalidInputError',
      code: 'INVALID_INPUT',
      fields: wrong.map((_scope, index) => ({ path: `scopes[${index + 1}]`, message })),
    });
    for (const scope of [...Object.keys(SCOPES), 'agent:*', '*:read-any', '*:*']) {
      expect(await change('createRole', { name: unique('good'), scopes: [scope] })).toMatchObject({
        __typename: 'CreateRoleSuccess',
      });
    }
    for (const name of ['', 'Admin', ' x', 'a b', '-a', 'x'.repeat(65), 'a\0', 'аdmin']) {
      expect(await change('createRole', { name, scopes: [] })).toMatchObject({ fields: [{ path: 'name' }] });
    }
  });

  test('availableScopes tells all of them', async () => {
    const { availableScopes } = await auth.ask<{ availableScopes: object[] }>(
      '{ availableScopes { name description } }',
      {},
      admin,
    );
    expect(availableScopes).toEqual(Object.entries(SCOPES).map(([name, description]) => ({ name, description })));
    expect(await auth.refusal('{ availableScopes { name } }', {}, viewer('x', []))).toEqual(['FORBIDDEN']);
  });

  test('roles are found by text, kind and what they allow, in each order', async () => {
    const mark = unique('mark');
    const made = [];
    for (const [name, scopes] of [
      [`${mark}-b`, ['agent:*']],
      [`${mark}-a`, ['*:write']],
      [`${mark}-c`, ['agent:read']],
    ] as const) {
      made.push(await change('createRole', { name, scopes }));
    }
    const list = async (filter: object, orderBy?: object) =>
      (
        await auth.ask<{ roles: { nodes: { name: string }[]; totalCount: number } }>(
          `query ($filter: RoleFilter, $orderBy: RoleOrder) { roles(filter: $filter, orderBy: $orderBy, first: 100) {
            nodes { name } totalCount } }`,
          { filter, orderBy },
          admin,
        )
      ).roles;
    const names = async (filter: object, orderBy?: object) =>
      (await list({ search: mark, ...filter }, orderBy)).nodes.map(({ name }) => name.slice(mark.length + 1));
    expect(await names({})).toEqual(['a', 'b', 'c']);
    expect(await names({}, { field: 'NAME', direction: 'DESC' })).toEqual(['c', 'b', 'a']);
    expect(await names({}, { field: 'CREATED_AT', direction: 'ASC' })).toEqual(['b', 'a', 'c']);
    expect(await names({ allows: 'agent:read' })).toEqual(['b', 'c']);
    expect(await names({ allows: 'agent:write' })).toEqual(['a', 'b']);
    expect(await names({ isSystem: true })).toEqual([]);
    expect((await list({ isSystem: true })).nodes.map(({ name }) => name)).toEqual(['admin', 'member', 'observer']);
    expect((await list({ search: mark })).totalCount).toBe(3);
    const query = '{ roles(filter: { allows: "agent:fly" }) { totalCount } }';
    expect(await auth.refusal(query, {}, admin)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('nobody can give more than they have', () => {
  const HELD = ['role:*', 'user:*', 'agent:read', 'workflow:read'];
  const beyond = (...missingScopes: string[]) => ({
    __typename: 'RoleBeyondOwnScopesError',
    code: 'ROLE_BEYOND_OWN_SCOPES',
    missingScopes,
  });

  test.each<[string, string[], string[]]>([
    ['a scope', ['agent:write'], ['agent:write']],
    ['a wildcard of actions', ['agent:*'], ['agent:*']],
    ['a wildcard of resources', ['*:read'], ['*:read']],
    ['everything', ['*:*'], ['*:*']],
    ['some besides their own', ['agent:read', 'workflow:read-any', 'role:write'], ['workflow:read-any']],
  ])('by a new role, by changing one, by assigning one: %s', async (_name, scopes, missing) => {
    const { viewer: climber, userId, roleId } = await holder(HELD);
    const target = await make(scopes);
    const own = await make(['agent:read'], climber);
    const before = await everything();
    expect(await change('createRole', { name: unique('climb'), scopes }, climber)).toEqual(beyond(...missing));
    // The role they hold themselves, one that they have made, and one that is beyond them already.
    for (const [id, expectedVersion] of [
      [roleId, 1],
      [own.id, 1],
    ] as const) {
      expect(await change('updateRole', { id, expectedVersion, scopes }, climber)).toEqual(beyond(...missing));
    }
    expect(await change('updateRole', { id: target.id, expectedVersion: 1, scopes: [] }, climber)).toEqual(
      beyond(...missing),
    );
    expect(await change('updateRole', { id: target.id, expectedVersion: 1, name: 'x' }, climber)).toEqual(
      beyond(...missing),
    );
    expect(await change('deleteRole', { id: target.id }, climber)).toEqual(beyond(...missing));
    expect(await change('assignRole', { userId, role: target.name }, climber)).toEqual(beyond(...missing));
    expect(await everything()).toEqual(before);
    const { rows } = await auth.pool.query<{ n: number; outcomes: string[] }>(
      `select count(*)::int as n, array_agg(distinct outcome::text) as outcomes from audit_logs
       where actor_id = $1 and action <> 'role.created'`,
      [userId],
    );
    expect(rows).toEqual([{ n: 6, outcomes: ['DENIED'] }]);
  });

  test('by taking a stronger role from somebody else', async () => {
    const { viewer: climber } = await holder(HELD);
    const strong = await holder(['agent:*']);
    const { rows } = await auth.pool.query<{ name: string }>('select name from roles where id = $1', [strong.roleId]);
    const input = { userId: strong.userId, role: rows[0]!.name };
    expect(await change('revokeRole', input, climber)).toEqual(beyond('agent:*'));
    expect(await change('revokeRole', input)).toEqual({ __typename: 'RevokeRoleSuccess' });
  });

  test('by making a user', async () => {
    const { viewer: climber } = await holder(HELD);
    const strong = await make(['agent:write']);
    const before = await everything();
    const result = await auth.ask(
      `mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename
        ... on InvalidInputError { fields { path message } } } }`,
      { input: { email: `${unique('u')}@x.test`, password: 'violet tractor of 1987', roles: [strong.name] } },
      climber,
    );
    expect(result).toEqual({
      createUser: {
        __typename: 'InvalidInputError',
        fields: [{ path: 'roles', message: 'would give scopes that you do not hold: agent:write' }],
      },
    });
    expect(await everything()).toEqual(before);
  });

  test('by what a session claims that the database does not say any more', async () => {
    const { userId } = await holder(HELD);
    const stale = viewer(userId, ['*:*']);
    expect(await change('createRole', { name: unique('stale'), scopes: ['agent:write'] }, stale)).toEqual(
      beyond('agent:write'),
    );
    await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [userId]);
    expect(await change('createRole', { name: unique('stale'), scopes: ['agent:read'] }, stale)).toEqual(
      beyond('agent:read'),
    );
  });

  test('by what their roles allow, through a key that allows less', async () => {
    const { userId } = await holder(HELD);
    const key: Viewer = {
      kind: 'api-key',
      keyId: 'k',
      userId,
      principal: 'user',
      scopes: ['role:write'],
      expiresAt: 4e9,
    };
    expect(await change('createRole', { name: unique('key'), scopes: ['agent:read'] }, key)).toEqual(
      beyond('agent:read'),
    );
  });

  test('at the moment when it is taken from them: a gift comes before that, or is refused', async () => {
    const { userId, roleId, viewer: giver } = await holder(['role:*', 'agent:write']);
    const gift = await make(['agent:write']);
    const { rows } = await auth.pool.query<{ name: string }>('select name from roles where id = $1', [roleId]);
    const client = await auth.pool.connect();
    // Taken, and not yet committed: whoever gives must wait to know.
    await client.query('begin');
    await client.query('delete from user_roles where user_id = $1', [userId]);
    const given = change('assignRole', { userId, role: gift.name }, giver);
    await waitForLock();
    await client.query('commit');
    client.release();
    expect(await given).toEqual(beyond('agent:write'));
    expect(rows).toHaveLength(1);
  });

  test('of two who change a role at the same time, one is told', async () => {
    const { id } = await make(['agent:read']);
    const results = await Promise.all(
      ['agent:write', 'agent:execute'].map((scope) =>
        change('updateRole', { id, expectedVersion: 1, scopes: [scope] }),
      ),
    );
    expect(results.map(({ __typename }) => __typename).sort()).toEqual(['ConflictError', 'UpdateRoleSuccess']);
  });
});

/** Until a statement waits for a lock of another one. */
const waitForLock = () =>
  until(
    'a statement waits for a lock',
    async () => {
      const { rowCount } = await auth.pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rowCount;
    },
    { everyMs: 1 },
  );

test('a changed role counts for open sessions at once', async () => {
  const password = 'violet tractor of 1987';
  const name = unique('live');
  const { role } = (await change('createRole', { name, scopes: ['agent:read'] })) as unknown as {
    role: { id: string };
  };
  const username = unique('live');
  await auth.ask(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }',
    { input: { email: `${username}@x.test`, username, password, roles: [name] } },
    admin,
  );
  const { login } = await auth.ask<{ login: { tokens: { accessToken: string } } }>(
    'mutation ($input: LoginInput!) { login(input: $input) { ... on LoginSuccess { tokens { accessToken } } } }',
    { input: { identifier: username, password } },
  );
  const scopes = async () => {
    const now = await auth.viewerOf(login.tokens.accessToken);
    return now.kind === 'user' && now.scopes;
  };
  expect(await scopes()).toEqual(['agent:read']);
  await change('updateRole', { id: role.id, expectedVersion: 1, scopes: ['role:read'] });
  expect(await scopes()).toEqual(['role:read']);
  await change('deleteRole', { id: role.id, evenIfHeld: true });
  expect(await scopes()).toEqual([]);
});
