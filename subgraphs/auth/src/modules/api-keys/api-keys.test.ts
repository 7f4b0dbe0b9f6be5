import { apiKeyHash, type ApiKeyState, type Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { startAuth, type AuthUnderTest } from '../../testing/auth-under-test.ts';

jest.setTimeout(60_000);

let auth: AuthUnderTest;
let admin: Viewer & { kind: 'user' };
beforeAll(async () => {
  auth = await startAuth();
  const { rows } = await auth.pool.query<{ id: string }>('select id from users');
  admin = viewer(rows[0]!.id, ['*:*']);
});
afterAll(() => auth.stop());

const viewer = (userId: string, scopes: readonly string[]): Viewer & { kind: 'user' } => ({
  kind: 'user',
  userId,
  scopes,
  sessionId: 'none',
  expiresAt: 4e9,
  recentUntil: 4e9,
});

let counter = 0;
const unique = (word: string) => `${word}-${(counter += 1)}-${newId().slice(-6)}`;

/** A role of these scopes. */
async function role(scopes: readonly string[]): Promise<{ id: string; name: string }> {
  const made = { id: newId(), name: unique('role') };
  await auth.pool.query(`insert into roles (id, name, description, scopes) values ($1, $2, '', $3)`, [
    made.id,
    made.name,
    scopes,
  ]);
  return made;
}

/** A user who holds these scopes, as their session sees them. */
async function holder(scopes: readonly string[]) {
  const userId = newId();
  const { id: roleId } = await role(scopes);
  await auth.pool.query(
    `insert into users (id, email, username, username_key) values ($1, $1 || '@x.test', $1, lower($1))`,
    [userId],
  );
  await auth.pool.query('insert into user_roles (user_id, role_id) values ($1, $2)', [userId, roleId]);
  return { userId, roleId, viewer: viewer(userId, scopes) };
}

interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly key?: string;
  readonly apiKey?: Record<string, unknown> & { readonly id: string };
  readonly serviceAccount?: Record<string, unknown> & { readonly id: string; readonly version: number };
}

const EXTRAS: Record<string, string> = {
  createApiKey: `... on CreateApiKeySuccess { key apiKey { id name prefix scopes status ownerId owner { username }
      createdBy { id } lastUsedAt revokedAt } } ... on ApiKeyBeyondOwnScopesError { missingScopes }`,
  revokeApiKey: '... on RevokeApiKeySuccess { apiKey { id status } }',
  createServiceAccount: `... on CreateServiceAccountSuccess { serviceAccount { ...account } }
    ... on RoleBeyondOwnScopesError { missingScopes }`,
  updateServiceAccount: `... on UpdateServiceAccountSuccess { serviceAccount { ...account } }
    ... on RoleBeyondOwnScopesError { missingScopes }`,
  deleteServiceAccount: '... on DeleteServiceAccountSuccess { id } ... on RoleBeyondOwnScopesError { missingScopes }',
};
const ACCOUNT = `fragment account on ServiceAccount { id name description status owner { id } user { id username email }
  roles { name } scopes version }`;

async function change(field: string, input: object, as: Viewer = admin): Promise<Result> {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const data = await auth.ask<Record<string, Result>>(
    `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ... on MutationError { code }
       ... on InvalidInputError { fields { path message } } ${EXTRAS[field]} } }
     ${EXTRAS[field]!.includes('...account') ? ACCOUNT : ''}`,
    { input },
    as,
  );
  return data[field]!;
}

const stateOf = async (key: string): Promise<ApiKeyState | null> =>
  (await auth.subgraph.identity.apiKeys([apiKeyHash(key)!]))[0]!;
const scopesOf = async (key: string) => (await stateOf(key))?.scopes ?? null;

const table = async (name: string) =>
  (
    await auth.pool.query<{ rows: string }>(
      `select coalesce(string_agg(t::text, '|' order by t::text), '') as rows from ${name} t`,
    )
  ).rows[0]!.rows;
const everything = () => Promise.all(['users', 'user_roles', 'api_keys', 'service_accounts'].map(table));

const audited = async (targetId: string) =>
  (
    await auth.pool.query<object>(
      'select action, outcome::text, actor_id, subject_id, details from audit_logs where target_id = $1 order by occurred_at, id',
      [targetId],
    )
  ).rows;

describe('an API key', () => {
  test('is shown once, kept as a hash, used, and revoked', async () => {
    const { userId, roleId, viewer: ada } = await holder(['api-key:*', 'agent:*', 'user:read']);
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const made = await change('createApiKey', { name: ' CI ', scopes: ['agent:read', 'agent:*'], expiresAt }, ada);
    const { key, apiKey } = made;
    const id = apiKey!.id;
    expect(made).toEqual({
      __typename: 'CreateApiKeySuccess',
      key: expect.stringMatching(/^fm_[0-9A-Za-z]{49}$/) as string,
      apiKey: {
        id: expect.any(String) as string,
        name: 'CI',
        prefix: key!.slice(0, 11),
        scopes: ['agent:*', 'agent:read'],
        status: 'ACTIVE',
        ownerId: userId,
        owner: { username: userId },
        createdBy: { id: userId },
        lastUsedAt: null,
        revokedAt: null,
      },
    });
    const tables = ['api_keys', 'audit_logs', 'outbox_events'];
    for (const content of await Promise.all(tables.map(table))) expect(content).not.toContain(key!.slice(11));
    expect(await stateOf(key!)).toEqual({
      keyId: id,
      userId,
      principal: 'user',
      scopes: ['agent:*', 'agent:read'],
      roleIds: [roleId],
      expiresAt: new Date(expiresAt).getTime() / 1_000,
    });
    const query = 'query ($id: ID!) { apiKey(id: $id) { status lastUsedAt } }';
    const seen = (await auth.ask(query, { id }, ada)) as { apiKey: { lastUsedAt: Date } };
    expect(seen).toEqual({ apiKey: { status: 'ACTIVE', lastUsedAt: expect.anything() as unknown } });
    await stateOf(key!);
    // Within a minute it is not written again.
    expect(await auth.ask(query, { id }, ada)).toEqual(seen);

    const revoked = { __typename: 'RevokeApiKeySuccess', apiKey: { id, status: 'REVOKED' } };
    expect(await change('revokeApiKey', { id }, ada)).toEqual(revoked);
    expect(await change('revokeApiKey', { id }, ada)).toEqual(revoked);
    expect(await stateOf(key!)).toBeNull();
    const common = { outcome: 'SUCCESS', actor_id: userId, subject_id: userId };
    expect(await audited(id)).toEqual([
      { action: 'api_key.created', ...common, details: { name: 'CI', scopes: ['agent:*', 'agent:read'], expiresAt } },
      { action: 'api_key.revoked', ...common, details: { name: 'CI' } },
    ]);
  });

  test('has never more than its owner at the moment of use', async () => {
    const { userId, roleId, viewer: ada } = await holder(['api-key:*', 'agent:*', 'workflow:read', 'user:read']);
    const scopes = ['agent:*', 'workflow:read'];
    const key = (await change('createApiKey', { name: 'k', scopes }, ada)).key!;
    expect(await scopesOf(key)).toEqual(scopes);
    const set = (held: string[]) => auth.pool.query('update roles set scopes = $2 where id = $1', [roleId, held]);
    await set(['agent:read', '*:read']);
    expect(await scopesOf(key)).toEqual(['agent:read', 'workflow:read']);
    await set(['*:*']);
    expect(await scopesOf(key)).toEqual(scopes);
    await set(['role:read']);
    expect(await scopesOf(key)).toEqual([]);
    await auth.pool.query('delete from user_roles where user_id = $1', [userId]);
    expect(await scopesOf(key)).toEqual([]);
    await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [userId]);
    expect(await stateOf(key)).toBeNull();
    await auth.pool.query(`update users set status = 'ACTIVE' where id = $1`, [userId]);
    expect(await scopesOf(key)).toEqual([]);
    await auth.pool.query('delete from users where id = $1', [userId]);
    expect(await stateOf(key)).toBeNull();
  });

  test('ends at its time', async () => {
    const { viewer: ada } = await holder(['api-key:*', 'user:read']);
    const { key, apiKey } = await change('createApiKey', { name: 'k', scopes: ['api-key:read'] }, ada);
    expect((await stateOf(key!))!.expiresAt - Date.now() / 1_000).toBeCloseTo(90 * 86_400, -2);
    await auth.pool.query('update api_keys set expires_at = now() where id = $1', [apiKey!.id]);
    expect(await stateOf(key!)).toBeNull();
    expect(await auth.ask('query ($id: ID!) { apiKey(id: $id) { status } }', { id: apiKey!.id }, ada)).toEqual({
      apiKey: { status: 'EXPIRED' },
    });
  });

  test.each<[string, object, string]>([
    ['no name', { name: ' ' }, 'name'],
    ['a name of two lines', { name: 'a\nb' }, 'name'],
    ['no scopes', { scopes: [] }, 'scopes'],
    ['a scope there is not', { scopes: ['agent:fly'] }, 'scopes[0]'],
    ['an end in the past', { expiresAt: new Date(Date.now() - 1_000).toISOString() }, 'expiresAt'],
    ['an end too far away', { expiresAt: new Date(Date.now() + 367 * 86_400_000).toISOString() }, 'expiresAt'],
  ])('is refused with %s', async (_name, wrong, path) => {
    const before = await everything();
    const input = { name: 'k', scopes: ['agent:read'], ...wrong };
    expect(await change('createApiKey', input)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path }] });
    expect(await everything()).toEqual(before);
  });

  test.each<[string[], string[]]>([
    [['agent:write'], ['agent:write']],
    [['agent:*'], ['agent:*']],
    [['*:*', 'agent:read'], ['*:*']],
    [['*:read'], ['*:read']],
  ])('cannot have more than its maker: %j', async (scopes, missingScopes) => {
    const { userId, viewer: ada } = await holder(['api-key:*', 'agent:read']);
    const before = await everything();
    expect(await change('createApiKey', { name: 'k', scopes }, ada)).toEqual({
      __typename: 'ApiKeyBeyondOwnScopesError',
      code: 'API_KEY_BEYOND_OWN_SCOPES',
      missingScopes,
    });
    expect(await everything()).toEqual(before);
    const { rows } = await auth.pool.query('select action, outcome::text from audit_logs where actor_id = $1', [
      userId,
    ]);
    expect(rows).toEqual([{ action: 'api_key.created', outcome: 'DENIED' }]);
  });

  test('makes no keys, ends none, and makes no service accounts', async () => {
    const key: Viewer = {
      kind: 'api-key',
      keyId: 'k',
      userId: admin.userId,
      principal: 'user',
      scopes: ['*:*'],
      expiresAt: 4e9,
    };
    const inputs: Record<string, object> = {
      createApiKey: { name: 'k', scopes: ['agent:read'] },
      revokeApiKey: { id: 'k' },
      createServiceAccount: { name: 'x1' },
      updateServiceAccount: { id: 'x', expectedVersion: 1 },
      deleteServiceAccount: { id: 'x' },
    };
    for (const [field, input] of Object.entries(inputs)) {
      const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
      expect(await auth.refusal(query, { input }, key)).toEqual(['FORBIDDEN']);
    }
    expect(await auth.ask('{ me { id } }', {}, key)).toEqual({ me: { id: admin.userId } });
  });

  test('is one of at most 50, also when they are made at the same time', async () => {
    const { userId, viewer: ada } = await holder(['api-key:*', 'user:read']);
    const make = () => change('createApiKey', { name: 'k', scopes: ['api-key:read'] }, ada);
    await make();
    await auth.pool.query(
      `insert into api_keys (id, user_id, name, prefix, key_hash, scopes, expires_at)
       select gen_random_uuid(), user_id, name, prefix, gen_random_uuid(), scopes, expires_at from api_keys, generate_series(1, 46)
       where user_id = $1`,
      [userId],
    );
    const made = await Promise.all(Array.from({ length: 6 }, make));
    expect(made.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array<string>(3).fill('ConflictError'),
      ...Array<string>(3).fill('CreateApiKeySuccess'),
    ]);
    const { rows } = await auth.pool.query<{ id: string }>('select id from api_keys where user_id = $1 limit 1', [
      userId,
    ]);
    await change('revokeApiKey', { id: rows[0]!.id }, ada);
    expect((await make()).__typename).toBe('CreateApiKeySuccess');
  });

  test("is seen and ended by its owner, and by who may touch everybody's", async () => {
    const { userId, viewer: ada } = await holder(['api-key:read', 'api-key:write']);
    const { viewer: bob } = await holder(['api-key:read', 'api-key:write']);
    const names = ['one', 'two', 'three'];
    const ids: string[] = [];
    for (const name of names)
      ids.push((await change('createApiKey', { name, scopes: ['api-key:read'] }, ada)).apiKey!.id);
    await change('revokeApiKey', { id: ids[1] }, ada);
    await auth.pool.query(`update api_keys set last_used_at = now() where id = $1`, [ids[2]]);
    const list = async (as: Viewer, filter: object = {}, orderBy?: object) =>
      (
        await auth.ask<{ apiKeys: { nodes: { name: string }[]; totalCount: number } }>(
          `query ($filter: ApiKeyFilter, $orderBy: ApiKeyOrder) { apiKeys(filter: $filter, orderBy: $orderBy) {
            nodes { name } totalCount } }`,
          { filter, orderBy },
          as,
        )
      ).apiKeys.nodes.map(({ name }) => name);
    const reader = viewer('reader', ['api-key:read-any']);
    expect(await list(ada)).toEqual(['three', 'two', 'one']);
    expect(await list(bob)).toEqual([]);
    expect(await list(bob, { ownerId: userId })).toEqual([]);
    expect(await list(reader, { ownerId: userId }, { field: 'CREATED_AT', direction: 'ASC' })).toEqual(names);
    expect(await list(reader, { ownerId: userId }, { field: 'LAST_USED_AT', direction: 'DESC' })).toEqual([
      'three',
      'two',
      'one',
    ]);
    expect(await list(ada, { status: 'REVOKED' })).toEqual(['two']);
    expect(await list(ada, { status: 'ACTIVE', search: 'ON' })).toEqual(['one']);
    const query = 'query ($id: ID!) { apiKey(id: $id) { name } }';
    expect(await auth.ask(query, { id: ids[0] }, bob)).toEqual({ apiKey: null });
    expect(await auth.ask(query, { id: ids[0] }, reader)).toEqual({ apiKey: { name: 'one' } });
    expect(await change('revokeApiKey', { id: ids[0] }, bob)).toMatchObject({ code: 'NOT_FOUND' });
    const ender = viewer('ender', ['api-key:write-any']);
    expect(await change('revokeApiKey', { id: ids[0] }, ender)).toMatchObject({ apiKey: { status: 'REVOKED' } });
  });
});

describe('a service account', () => {
  test('has roles and keys, no address and no password, and is a user where one is meant', async () => {
    const { name: roleName } = await role(['agent:*', 'role:read']);
    const name = unique('Runner');
    const made = await change('createServiceAccount', { name, description: 'Nightly', roles: [roleName] });
    const { id } = made.serviceAccount!;
    const account = {
      id,
      name,
      description: 'Nightly',
      status: 'ACTIVE',
      owner: { id: admin.userId },
      user: { id, username: name, email: null },
      roles: [{ name: roleName }],
      scopes: ['agent:*', 'role:read'],
      version: 1,
    };
    expect(made).toEqual({ __typename: 'CreateServiceAccountSuccess', serviceAccount: account });
    const { key } = await change('createApiKey', { name: 'k', scopes: ['agent:read'], serviceAccountId: id });
    expect(await stateOf(key!)).toMatchObject({ userId: id, principal: 'service-account', scopes: ['agent:read'] });

    const people = await auth.ask(
      'query ($search: String!) { users(filter: { search: $search }) { totalCount } }',
      { search: name },
      admin,
    );
    expect(people).toEqual({ users: { totalCount: 0 } });
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
    expect(await auth.ask(login, { input: { identifier: name, password: 'violet tractor of 1987' } })).toEqual({
      login: { __typename: 'InvalidCredentialsError' },
    });

    const renamed = await change('updateServiceAccount', {
      id,
      expectedVersion: 1,
      name: `${name}.2`,
      status: 'SUSPENDED',
    });
    expect(renamed.serviceAccount).toEqual({
      ...account,
      name: `${name}.2`,
      user: { ...account.user, username: `${name}.2` },
      status: 'SUSPENDED',
      version: 2,
    });
    expect(await stateOf(key!)).toBeNull();
    expect(await change('updateServiceAccount', { id, expectedVersion: 1 })).toMatchObject({ code: 'CONFLICT' });
    expect(await change('updateServiceAccount', { id, expectedVersion: 2, status: 'ACTIVE' })).toMatchObject({
      serviceAccount: { version: 3 },
    });
    expect(await scopesOf(key!)).toEqual(['agent:read']);
    expect(await change('deleteServiceAccount', { id })).toEqual({ __typename: 'DeleteServiceAccountSuccess', id });
    expect(await stateOf(key!)).toBeNull();
    expect(await change('deleteServiceAccount', { id })).toMatchObject({ code: 'NOT_FOUND' });
    expect((await audited(id)).map((entry) => (entry as { action: string }).action)).toEqual([
      'service_account.created',
      'user.login',
      'service_account.updated',
      'service_account.updated',
      'service_account.deleted',
    ]);
  });

  test('and its keys have never more than who makes them', async () => {
    const scopes = ['service-account:*', 'api-key:*', 'role:*', 'user:*', 'agent:read'];
    const { viewer: ada, userId } = await holder(scopes);
    const strong = await role(['agent:*']);
    const beyond = {
      __typename: 'RoleBeyondOwnScopesError',
      code: 'ROLE_BEYOND_OWN_SCOPES',
      missingScopes: ['agent:*'],
    };
    const before = await everything();
    expect(await change('createServiceAccount', { name: unique('up'), roles: [strong.name] }, ada)).toEqual(beyond);
    expect(await everything()).toEqual(before);

    const mighty = (await change('createServiceAccount', { name: unique('mighty'), roles: [strong.name] }))
      .serviceAccount!;
    const { id } = mighty;
    expect(await change('updateServiceAccount', { id, expectedVersion: 1, ownerId: userId }, ada)).toEqual(beyond);
    expect(await change('deleteServiceAccount', { id }, ada)).toEqual(beyond);
    expect(
      await change('createApiKey', { name: 'k', scopes: ['agent:write'], serviceAccountId: id }, ada),
    ).toMatchObject({ missingScopes: ['agent:write'] });
    // What both hold.
    const { key } = await change('createApiKey', { name: 'k', scopes: ['agent:read'], serviceAccountId: id }, ada);
    expect(await scopesOf(key!)).toEqual(['agent:read']);
    // What the account does not hold, a key for it cannot have.
    expect(await change('createApiKey', { name: 'k', scopes: ['role:read'], serviceAccountId: id })).toMatchObject({
      missingScopes: ['role:read'],
    });
    const { viewer: bob } = await holder(['api-key:*', 'agent:*', 'user:read']);
    const input = { name: 'k', scopes: ['agent:read'], serviceAccountId: id };
    expect(await change('createApiKey', input, bob)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await change('createApiKey', { ...input, serviceAccountId: bob.userId })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('is found by text, state, owner and role; its name is one among all users', async () => {
    const mark = unique('find');
    const { name: roleName } = await role(['agent:read']);
    const { userId } = await holder([]);
    const one = (await change('createServiceAccount', { name: `${mark}-b`, roles: [roleName] })).serviceAccount!;
    await change('createServiceAccount', { name: `${mark}-a`, description: 'x' });
    await change('updateServiceAccount', { id: one.id, expectedVersion: 1, status: 'SUSPENDED', ownerId: userId });
    const list = async (filter: object) =>
      (
        await auth.ask<{ serviceAccounts: { nodes: { name: string }[] } }>(
          'query ($filter: ServiceAccountFilter) { serviceAccounts(filter: $filter) { nodes { name } } }',
          { filter: { search: mark, ...filter } },
          admin,
        )
      ).serviceAccounts.nodes.map(({ name }) => name.slice(-1));
    expect(await list({})).toEqual(['a', 'b']);
    expect(await list({ status: 'SUSPENDED' })).toEqual(['b']);
    expect(await list({ ownerId: userId })).toEqual(['b']);
    expect(await list({ role: roleName })).toEqual(['b']);
    const taken = { code: 'SERVICE_ACCOUNT_NAME_TAKEN' };
    expect(await change('createServiceAccount', { name: `${mark}-A` })).toMatchObject(taken);
    expect(await change('createServiceAccount', { name: 'admin' })).toMatchObject(taken);
    expect(await change('updateServiceAccount', { id: one.id, expectedVersion: 2, name: `${mark}-A` })).toMatchObject(
      taken,
    );
    expect(await change('updateServiceAccount', { id: one.id, expectedVersion: 2, ownerId: one.id })).toMatchObject({
      fields: [{ path: 'ownerId' }],
    });
    expect(await change('updateServiceAccount', { id: userId, expectedVersion: 1 })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await change('createServiceAccount', { name: 'a b', roles: ['nobody'] })).toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  test('that is the last active administrator stays', async () => {
    const { id } = (await change('createServiceAccount', { name: unique('root'), roles: ['admin'] })).serviceAccount!;
    await auth.pool.query(`update users set status = 'SUSPENDED' where id = $1`, [admin.userId]);
    const root = viewer(id, ['*:*']);
    try {
      const last = { code: 'LAST_ADMINISTRATOR' };
      expect(await change('updateServiceAccount', { id, expectedVersion: 1, status: 'SUSPENDED' }, root)).toMatchObject(
        last,
      );
      expect(await change('deleteServiceAccount', { id }, root)).toMatchObject(last);
    } finally {
      await auth.pool.query(`update users set status = 'ACTIVE' where id = $1`, [admin.userId]);
    }
    expect(await change('deleteServiceAccount', { id })).toMatchObject({ __typename: 'DeleteServiceAccountSuccess' });
  });
});
