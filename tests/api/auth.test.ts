import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { sql } from '../harness/databases.ts';
import { echoAgent, registerAgent } from '../harness/fixtures.ts';
import { graph } from '../harness/graph.ts';
import { sharedProduct } from '../harness/product.ts';
import { until } from '@flowmesh/platform/testing';
import { LOGIN, administrator, makeUser, unique } from '../harness/users.ts';

const product = sharedProduct();
const { anonymous, as } = graph(product);

const ME = '{ me { id username email status scopes roles { name } lastLogin } }';
const CREATE_USER = `mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) {
    __typename
    ... on CreateUserSuccess { user { username email roles { name } } }
    ... on MutationError { code }
    ... on InvalidInputError { fields { path } }
    ... on UserTakenError { field }
  }
}`;
const REFRESH = `mutation Refresh($token: String!) {
  refreshToken(input: { refreshToken: $token }) {
    __typename
    ... on RefreshTokenSuccess { tokens { accessToken refreshToken } }
    ... on MutationError { code }
  }
}`;
const LOGOUT = 'mutation { logout { __typename ... on LogoutSuccess { sessionId } } }';

interface Refreshed {
  readonly __typename: string;
  readonly tokens: { readonly accessToken: string; readonly refreshToken: string };
}

/** Waits until the access token is refused. */
const refused = (accessToken: string) =>
  until('the access token is refused', async () => {
    const { errors } = await as({ accessToken }).ask('{ me { id } }');
    return errors[0]?.extensions?.code === 'UNAUTHENTICATED';
  });

test('a member signs in by e-mail or user name and is told who they are', async () => {
  const user = await makeUser(product);
  const { me } = await user.graph.query<{ me: { scopes: string[] } }>(ME);
  expect(me).toMatchObject({
    id: user.id,
    username: user.username,
    email: user.email,
    status: 'ACTIVE',
    roles: [{ name: 'member' }],
  });
  expect(me.scopes).toEqual([...me.scopes].sort());
  expect(me.scopes).toEqual(expect.arrayContaining(['agent:execute', 'agent:write', 'workflow:execute']));
  const byName = await anonymous.mutate(LOGIN, {
    input: { identifier: user.username.toUpperCase(), password: user.password },
  });
  expect(byName).toMatchObject({ __typename: 'LoginSuccess', user: { id: user.id } });
});

test('a wrong password and an unknown user cannot be told apart', async () => {
  const user = await makeUser(product);
  const wrong = await anonymous.mutate(LOGIN, { input: { identifier: user.email, password: 'not the password' } });
  const unknown = await anonymous.mutate(LOGIN, {
    input: { identifier: `${unique('x')}@flowmesh.test`, password: 'not the password' },
  });
  expect(wrong).toEqual({
    __typename: 'InvalidCredentialsError',
    code: 'INVALID_CREDENTIALS',
    message: expect.any(String),
  });
  expect(unknown).toEqual(wrong);
});

test('a refresh token that is long spent ends the session', async () => {
  const user = await makeUser(product);
  const next = await anonymous.mutate<Refreshed>(REFRESH, { token: user.refreshToken });
  expect(next.__typename).toBe('RefreshTokenSuccess');
  expect((await as(next.tokens).query<{ me: { id: string } }>('{ me { id } }')).me.id).toBe(user.id);
  // Two behind: no other window of the same client has it.
  const last = await anonymous.mutate<Refreshed>(REFRESH, { token: next.tokens.refreshToken });
  const stolen = await anonymous.mutate(REFRESH, { token: user.refreshToken });
  expect(stolen).toEqual({ __typename: 'InvalidRefreshTokenError', code: 'INVALID_REFRESH_TOKEN' });
  const void_ = await anonymous.mutate(REFRESH, { token: last.tokens.refreshToken });
  expect(void_).toEqual(stolen);
  await refused(next.tokens.accessToken);
});

test('of two refreshes at the same moment, or one after the other, both go on with the same token', async () => {
  const user = await makeUser(product);
  const again = () => anonymous.mutate<Refreshed>(REFRESH, { token: user.refreshToken });
  const all = [...(await Promise.all([again(), again()])), await again()];
  expect(new Set(all.map(({ tokens }) => tokens?.refreshToken)).size).toBe(1);
  for (const { tokens } of all) expect(await as(tokens).query('{ me { id } }')).toEqual({ me: { id: user.id } });
});

test('after logout neither token works, and open subscriptions are closed', async () => {
  const user = await makeUser(product);
  const messages = user.graph.subscribe('subscription { agentEvents { cursor } }');
  await messages.next();
  const ended = expect(messages.next()).rejects.toBeDefined();
  expect(await user.graph.mutate(LOGOUT)).toEqual({ __typename: 'LogoutSuccess', sessionId: expect.any(String) });
  await refused(user.accessToken);
  expect(await anonymous.mutate(REFRESH, { token: user.refreshToken })).toMatchObject({
    code: 'INVALID_REFRESH_TOKEN',
  });
  await ended;
  expect(messages.closed?.code).toBeGreaterThanOrEqual(4400);
});

test('a new user must be unlike the others, and strong enough', async () => {
  const admin = await administrator(product);
  const user = await makeUser(product);
  const create = (input: object) => admin.graph.mutate(CREATE_USER, { input });
  const password = 'a long enough password';
  expect(await create({ email: user.email.toUpperCase(), password })).toEqual({
    __typename: 'UserTakenError',
    code: 'USER_TAKEN',
    field: 'email',
  });
  expect(await create({ email: `${unique('x')}@flowmesh.test`, username: user.username, password })).toMatchObject({
    __typename: 'UserTakenError',
    field: 'username',
  });
  expect(await create({ email: 'no address', username: '!', password: 'short' })).toEqual({
    __typename: 'InvalidInputError',
    code: 'INVALID_INPUT',
    fields: expect.arrayContaining([{ path: 'email' }, { path: 'username' }, { path: 'password' }]),
  });
  expect(await create({ email: `${unique('x')}@flowmesh.test`, password, roles: ['no such role'] })).toMatchObject({
    code: 'INVALID_INPUT',
  });
});

test('of two users of one e-mail made at the same moment one is made', async () => {
  const admin = await administrator(product);
  const email = `${unique('twin')}@flowmesh.test`;
  const made = await Promise.all(
    ['one', 'two', 'three'].map((name) =>
      admin.graph.mutate<{ __typename: string }>(CREATE_USER, {
        input: { email, username: unique(name), password: 'a long enough password' },
      }),
    ),
  );
  expect(made.map(({ __typename }) => __typename).sort()).toEqual([
    'CreateUserSuccess',
    'UserTakenError',
    'UserTakenError',
  ]);
});

test('a role given or taken counts at once, for the token in use', async () => {
  const admin = await administrator(product);
  const user = await makeUser(product, { roles: [] });
  const change = (field: string, input: string) =>
    admin.graph.mutate(
      `mutation Change($input: ${input}!) { ${field}(input: $input) { __typename ... on MutationError { code } } }`,
      {
        input: { userId: user.id, role: 'observer' },
      },
    );
  const may = async () => (await user.graph.ask('{ agents { nodes { id } } }')).errors[0]?.extensions?.code ?? 'yes';
  expect(await may()).toBe('FORBIDDEN');
  expect(await change('assignRole', 'AssignRoleInput')).toEqual({ __typename: 'AssignRoleSuccess' });
  await until('the role counts', async () => (await may()) === 'yes');
  expect(await change('revokeRole', 'RevokeRoleInput')).toEqual({ __typename: 'RevokeRoleSuccess' });
  await until('the role counts no more', async () => (await may()) === 'FORBIDDEN');
});

test.each(['suspendUser', 'deleteUser'])('%s closes open subscriptions and refuses the token in use', async (field) => {
  const admin = await administrator(product);
  const [user, bystander] = await Promise.all([makeUser(product), makeUser(product)]);
  const messages = user.graph.subscribe('subscription { agentEvents { cursor } }');
  await messages.next();
  const ended = expect(messages.next()).rejects.toBeDefined();
  const input = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const done = await admin.graph.mutate(
    `mutation End($input: ${input}!) { ${field}(input: $input) { __typename ... on MutationError { code } } }`,
    { input: { id: user.id } },
  );
  expect(done).toEqual({ __typename: expect.stringMatching(/Success$/) });
  await refused(user.accessToken);
  await ended;
  expect(messages.closed?.code).toBeGreaterThanOrEqual(4400);
  expect(await anonymous.mutate(REFRESH, { token: user.refreshToken })).toMatchObject({
    code: 'INVALID_REFRESH_TOKEN',
  });
  expect(await anonymous.mutate(LOGIN, { input: { identifier: user.email, password: user.password } })).toMatchObject({
    code: 'INVALID_CREDENTIALS',
  });
  expect((await bystander.graph.query<{ me: { id: string } }>('{ me { id } }')).me.id).toBe(bystander.id);
});

test('what a deleted user has made still has an owner, without a name', async () => {
  const admin = await administrator(product);
  const user = await makeUser(product);
  const agentId = await registerAgent(user.graph, echoAgent());
  await user.graph.mutate('mutation Leave($input: DeleteUserInput!) { deleteUser(input: $input) { __typename } }', {
    input: { currentPassword: user.password },
  });
  const owner = 'query Owner($id: ID!) { agent(id: $id) { owner { id username email status } } }';
  const { agent } = await admin.graph.query<{ agent: { owner: object } }>(owner, { id: agentId });
  expect(agent.owner).toEqual({ id: user.id, username: 'deleted user', email: null, status: 'DELETED' });
});

test('the last administrator stays one', async () => {
  const admin = await administrator(product);
  const result = await admin.graph.mutate(
    'mutation Revoke($input: RevokeRoleInput!) { revokeRole(input: $input) { __typename ... on MutationError { code } } }',
    { input: { userId: admin.id, role: 'admin' } },
  );
  expect(result).toEqual({ __typename: 'LastAdministratorError', code: 'LAST_ADMINISTRATOR' });
  expect((await admin.graph.query<{ me: { roles: unknown } }>(ME)).me.roles).toEqual([{ name: 'admin' }]);
});

test('others see the name of a user, and nothing private', async () => {
  const [user, observer] = await Promise.all([makeUser(product), makeUser(product, { roles: ['observer'] })]);
  const admin = await administrator(product);
  const read = 'query User($id: ID!) { user(id: $id) { id email } }';
  expect(await observer.graph.query(read, { id: user.id })).toEqual({ user: null });
  expect(await admin.graph.query(read, { id: user.id })).toEqual({ user: { id: user.id, email: user.email } });
});

test('passwords and refresh tokens are kept only as hashes', async () => {
  const user = await makeUser(product);
  const tables = await sql<{ name: string }>(
    product,
    'auth',
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  for (const { name } of tables) {
    const rows = await sql<{ row: string }>(
      product,
      'auth',
      `select t::text as row from "${name}" t where t::text like $1 or t::text like $2`,
      [`%${user.password}%`, `%${user.refreshToken}%`],
    );
    expect({ name, rows }).toEqual({ name, rows: [] });
  }
  const [row] = await sql<{ row: string }>(product, 'auth', `select t::text as row from users t where id = $1`, [
    user.id,
  ]);
  expect(row!.row).toMatch(/\$2b\$04\$/);
});

test('answers are kept by no cache, and attempts at what one may not do are logged', async () => {
  const user = await makeUser(product);
  const ask = (query: string) =>
    fetch(`${product.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${user.accessToken}` },
      body: JSON.stringify({ query }),
    });
  expect((await ask('{ me { email } }')).headers.get('cache-control')).toBe('no-store');
  const refused = await ask('{ users { nodes { id } } }');
  const requestId = refused.headers.get('x-request-id')!;
  const entry = await until('the log', async () =>
    (await readFile(product.logFile, 'utf8'))
      .split('\n')
      .find((line) => line.includes(requestId) && line.includes('access denied')),
  );
  expect(JSON.parse(entry)).toMatchObject({
    code: 'FORBIDDEN',
    coordinate: 'Query.users',
    viewer: 'user',
    userId: user.id,
    requestId,
  });
});

test('credentials that are refused are logged with where they came from, and without what they were', async () => {
  const mark = `Flowmesh-test/${unique('agent')}`;
  const secret = unique('not-a-token');
  for (const authorization of [`Bearer ${secret}`, `Bearer fm_${secret}`, `Basic ${secret}`]) {
    const headers = { 'content-type': 'application/json', 'user-agent': mark, authorization };
    const answer = await fetch(`${product.url}/graphql`, {
      method: 'POST',
      headers,
      body: '{"query":"{ me { id } }"}',
    });
    expect(answer.status).toBe(401);
  }
  const lines = await until('the log', async () => {
    const found = (await readFile(product.logFile, 'utf8')).split('\n').filter((line) => line.includes(mark));
    return found.length === 3 && found;
  });
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({
      msg: 'credentials refused',
      reason: expect.any(String),
      address: expect.stringMatching(/127\.0\.0\.1$/),
      userAgent: mark,
    });
  }
  expect(await readFile(product.logFile, 'utf8')).not.toContain(secret);
});
