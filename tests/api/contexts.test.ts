import { beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { sharedProduct } from '../harness/product.ts';
import { administrator, makeUser, unique, type TestUser } from '../harness/users.ts';

const product = sharedProduct();
let admin: TestUser;
let owner: TestUser;
beforeAll(async () => {
  [admin, owner] = await Promise.all([administrator(product), makeUser(product)]);
});

const mutate = <T = { readonly __typename: string; readonly code?: string }>(
  who: TestUser,
  name: string,
  input: object,
  selection = '',
): Promise<T> => {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const problems = '... on MutationError { code message } ... on InvalidInputError { fields { path message } }';
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ${selection} ${problems} } }`;
  return who.graph.mutate<T>(document, { input });
};

async function created(layers: readonly object[] = [{ a: 1 }]): Promise<string> {
  const input = {
    name: unique('context'),
    type: 'test',
    layers: layers.map((data) => ({ layerType: 'free', data })),
  };
  const selection = '... on CreateContextSuccess { context { id } }';
  const { context } = await mutate<{ context?: { id: string } }>(owner, 'createContext', input, selection);
  return context!.id;
}

const WATCH = 'subscription ($id: ID!) { contextChanged(id: $id) { change version context { owner { username } } } }';
interface Message {
  readonly contextChanged: { readonly change: string | null; readonly version: number; readonly context: object };
}

test('a context is read with what other domains know, and with what it was', async () => {
  const id = await created([{ plan: 'free', seats: 1 }, { seats: 2 }]);
  const query = `query ($id: ID!) { context(id: $id) {
    owner { email } access version
    resolved { value origins { pointer layerType } }
    versions { nodes { version change author { email } } }
  } }`;
  expect(await owner.graph.query(query, { id })).toEqual({
    context: {
      owner: { email: owner.email },
      access: 'OWN',
      version: 1,
      resolved: {
        value: { plan: 'free', seats: 2 },
        origins: [
          { pointer: '/plan', layerType: 'free' },
          { pointer: '/seats', layerType: 'free' },
        ],
      },
      versions: { nodes: [{ version: 1, change: 'CREATED', author: { email: owner.email } }] },
    },
  });
});

test('a share shows in joins and streams, and ends when it is taken away', async () => {
  const friend = await makeUser(product);
  const id = await created();
  const grant = { id, kind: 'USER', granteeId: friend.id };
  expect((await friend.graph.ask(WATCH.replace('subscription', 'query'), { id })).errors.length).toBeGreaterThan(0);
  await mutate(owner, 'shareContext', { ...grant, access: 'READ' });
  const messages = friend.graph.subscribe<Message>(WATCH, { id });
  expect(await messages.next()).toEqual({
    contextChanged: { change: null, version: 2, context: { owner: { username: owner.username } } },
  });
  await mutate(owner, 'addContextLayer', { contextId: id, layerType: 'x', data: { b: 1 } });
  expect(await messages.next()).toMatchObject({ contextChanged: { change: 'LAYER_ADDED', version: 3 } });
  const ended = messages.next();
  await mutate(owner, 'unshareContext', grant);
  expect(await ended).toBeUndefined();
  expect(await friend.graph.query('query ($id: ID!) { context(id: $id) { id } }', { id })).toEqual({ context: null });
});

test('what is shared with a role is for those who hold it, as long as they do', async () => {
  const holder = await makeUser(product);
  const role = { name: unique('team'), scopes: ['context:read', 'context:write'] };
  const selection = '... on CreateRoleSuccess { role { id } }';
  const made = await mutate<{ role: { id: string } }>(admin, 'createRole', role, selection);
  const id = await created();
  await mutate(owner, 'shareContext', { id, kind: 'ROLE', granteeId: made.role.id, access: 'WRITE' });
  const shown = 'query ($id: ID!) { context(id: $id) { access } }';
  expect(await holder.graph.query(shown, { id })).toEqual({ context: null });
  const change = { userId: holder.id, role: role.name };
  await mutate(admin, 'assignRole', change);
  const sees = async () => JSON.stringify(await holder.graph.query(shown, { id }));
  const writable = JSON.stringify({ context: { access: 'WRITE' } });
  await until('the role counts', async () => (await sees()) === writable);
  const added = await mutate(holder, 'addContextLayer', { contextId: id, layerType: 'x', data: { by: 'them' } });
  expect(added.__typename).toBe('AddContextLayerSuccess');
  const messages = holder.graph.subscribe<Message>(WATCH, { id });
  expect(await messages.next()).toMatchObject({ contextChanged: { version: 3 } });
  const ended = messages.next().catch(() => undefined);
  await mutate(admin, 'revokeRole', change);
  await until('the stream is closed', async () => messages.closed !== null);
  expect(await ended).toBeUndefined();
  const nothing = JSON.stringify({ context: null });
  await until('the role counts no more', async () => (await sees()) === nothing);
});

test('50 write at once, each what nobody else writes, and nothing is lost', async () => {
  const id = await created([{}]);
  const { context } = await owner.graph.query<{ context: { layers: { id: string }[] } }>(
    'query ($id: ID!) { context(id: $id) { layers { id } } }',
    { id },
  );
  const layerId = context.layers[0]!.id;
  const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
  const results = await Promise.all(
    keys.map((key) => mutate(owner, 'updateContextLayer', { id: layerId, mergePatch: { [key]: key } })),
  );
  expect(new Set(results.map(({ __typename }) => __typename))).toEqual(new Set(['UpdateContextLayerSuccess']));
  expect(
    await owner.graph.query('query ($id: ID!) { context(id: $id) { version resolved { value } } }', { id }),
  ).toEqual({ context: { version: 51, resolved: { value: Object.fromEntries(keys.map((key) => [key, key])) } } });
}, 60_000);

test.each([
  ['NUL in the data', { data: { a: ['\0'] } }],
  ['half a character', { data: { a: '\ud800' } }],
  ['NUL in the id', { contextId: 'a\0', data: {} }],
  ['a key that would be a prototype', { data: JSON.parse('{"__proto__": {"x": 1}}') as object }],
  ['nesting that is too deep', { data: { a: JSON.parse('['.repeat(500) + ']'.repeat(500)) as object } }],
])('%s is refused as the mistake of the client that it is', async (_what, input) => {
  const contextId = await created();
  const { data, errors } = await owner.graph.ask<{ result: { __typename: string } }>(
    'mutation ($input: AddContextLayerInput!) { result: addContextLayer(input: $input) { __typename } }',
    { input: { contextId, layerType: 'x', ...input } },
  );
  const told = [...errors.map(({ extensions }) => extensions?.code), data?.result.__typename].filter(Boolean);
  expect(told).toEqual([expect.stringMatching(/^(BAD_USER_INPUT|BAD_REQUEST|InvalidInputError)$/)]);
});

test('data is as deep as its limit says, whatever input it stands in', async () => {
  const nested = (depth: number): object => (depth === 1 ? {} : { a: nested(depth - 1) });
  const id = await created([nested(64)]);
  const added = { contextId: id, layerType: 'x', data: nested(64) };
  expect(await mutate(owner, 'addContextLayer', added)).toEqual({ __typename: 'AddContextLayerSuccess' });
  expect(await mutate(owner, 'addContextLayer', { ...added, data: nested(65) })).toMatchObject({
    __typename: 'InvalidInputError',
    fields: [{ path: `data${'.a'.repeat(64)}`, message: 'is nested too deeply' }],
  });
});

test('a context is shared with users that there are', async () => {
  const id = await created();
  const input = { id, kind: 'USER', access: 'READ' };
  const friend = await makeUser(product);
  expect(await mutate(owner, 'shareContext', { ...input, granteeId: friend.id })).toEqual({
    __typename: 'ShareContextSuccess',
  });
  // Of the right form, and nobody's.
  const granteeId = `${friend.id.slice(0, -4)}ffff`;
  expect(await mutate(owner, 'shareContext', { ...input, granteeId })).toMatchObject({
    fields: [{ path: 'granteeId', message: 'must be the id of a user or service account' }],
  });
  // Who may not share it learns nothing of users.
  expect(await mutate(friend, 'shareContext', { ...input, granteeId })).toMatchObject({ __typename: 'NotFoundError' });
});
