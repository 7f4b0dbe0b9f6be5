import { newId } from '@flowmesh/platform/ids';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, create, created, remove, resolved, share, unshare, update } from '../../testing/operations.ts';

const owner = userOf('owner');
const stranger = userOf('stranger');
const [friendId, listerId, roleId] = [newId(), newId(), newId()];
const [readerId, watcherId] = [newId(), newId()];
let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const names = async (viewer: ReturnType<typeof userOf>, filter: object) => {
  const query =
    'query ($filter: ContextFilter) { contexts(filter: $filter, orderBy: { field: NAME, direction: ASC }) { nodes { name access } totalCount } }';
  const { contexts: page } = await one.ask<{
    contexts: { nodes: { name: string; access: string }[]; totalCount: number };
  }>(viewer, query, { filter });
  expect(page.totalCount).toBe(page.nodes.length);
  return page.nodes.map(({ name, access }) => `${name} ${access}`);
};

test('every problem is told at once, and nothing is stored', async () => {
  const result = await create(one, userOf('careless'), {
    name: '',
    type: 'x'.repeat(101),
    tags: ['a\0'],
    language: 'klingon',
    expiresAt: new Date(0),
    layers: [{ layerType: '', data: {}, order: 2_000_000 }],
  });
  expect(result.fields?.map(({ path }) => path).sort()).toEqual([
    'expiresAt',
    'language',
    'layers[0].layerType',
    'layers[0].order',
    'name',
    'tags[0]',
    'type',
  ]);
  const { rows } = await contexts.pool.query(
    `select (select count(*) from contexts where owner_id = 'careless')::int as contexts,
            (select count(*) from outbox_events where owner_id = 'careless')::int as events`,
  );
  expect(rows).toEqual([{ contexts: 0, events: 0 }]);
});

test('lists show what is one’s own and what is shared, and others nothing', async () => {
  const [a, b] = [userOf('lists-a'), userOf(listerId)];
  const shared = await created(one, a, [], { name: 'shared', tags: ['x', 'y'] });
  await created(one, a, [], { name: 'own', type: 'special' });
  await created(one, b, [], { name: 'mine' });
  await share(one, a, { id: shared, kind: 'USER', granteeId: listerId, access: 'WRITE' });
  expect(await names(a, {})).toEqual(['own OWN', 'shared OWN']);
  expect(await names(b, {})).toEqual(['mine OWN', 'shared WRITE']);
  expect(await names(b, { shared: true })).toEqual(['shared WRITE']);
  expect(await names(b, { shared: false })).toEqual(['mine OWN']);
  expect(await names(b, { tags: ['y'] })).toEqual(['shared WRITE']);
  expect(await names(a, { search: 'OW' })).toEqual(['own OWN']);
  expect(await names(a, { type: 'special' })).toEqual(['own OWN']);
  expect(await names(stranger, {})).toEqual([]);
  const everybody = userOf('auditor', ['context:read', 'context:read-any']);
  expect(await names(everybody, { ownerId: 'lists-a' })).toEqual(['own READ', 'shared READ']);
});

test('a share gives what it says, on every path, until it is taken away', async () => {
  const id = await created(one, owner, [{ a: 1 }]);
  const friend = userOf(friendId);
  const layer = { contextId: id, layerType: 'x', data: { b: 2 } };
  expect(await resolved(one, friend, id)).toBeNull();
  expect((await add(one, friend, layer)).__typename).toBe('NotFoundError');
  await share(one, owner, { id, kind: 'USER', granteeId: friendId, access: 'READ' });
  expect((await resolved(one, friend, id))?.value).toEqual({ a: 1 });
  expect((await add(one, friend, layer)).__typename).toBe('NotFoundError');
  await share(one, owner, { id, kind: 'USER', granteeId: friendId, access: 'WRITE' });
  expect((await add(one, friend, layer)).__typename).toBe('AddContextLayerSuccess');
  for (const denied of [
    update(one, friend, { id, name: 'taken' }),
    remove(one, friend, { id }),
    share(one, friend, { id, kind: 'USER', granteeId: newId(), access: 'READ' }),
    unshare(one, friend, { id, kind: 'USER', granteeId: friendId }),
  ]) {
    expect((await denied).__typename).toBe('NotFoundError');
  }
  const shares = 'query ($id: ID!) { context(id: $id) { shares { kind granteeId access } } }';
  expect(await one.ask(friend, shares, { id })).toEqual({ context: { shares: null } });
  expect(await one.ask(owner, shares, { id })).toEqual({
    context: { shares: [{ kind: 'USER', granteeId: friendId, access: 'WRITE' }] },
  });
  await unshare(one, owner, { id, kind: 'USER', granteeId: friendId });
  expect(await resolved(one, friend, id)).toBeNull();
});

test('roles are shared with, too', async () => {
  const id = await created(one, owner, [{ a: 1 }]);
  const holder = { ...userOf('holder'), roleIds: [roleId] } as typeof owner;
  await share(one, owner, { id, kind: 'ROLE', granteeId: roleId, access: 'READ' });
  expect((await resolved(one, holder, id))?.value).toEqual({ a: 1 });
  expect(await resolved(one, stranger, id)).toBeNull();
});

test('only what is ACTIVE is written; the bin is for owners, and gives back', async () => {
  const id = await created(one, owner, [{ a: 1 }], { name: 'binned' });
  await share(one, owner, { id, kind: 'USER', granteeId: readerId, access: 'WRITE' });
  await update(one, owner, { id, status: 'INACTIVE' });
  const layer = { contextId: id, layerType: 'x', data: {} };
  expect((await add(one, owner, layer)).__typename).toBe('ConflictError');
  expect((await remove(one, owner, { id })).__typename).toBe('DeleteContextSuccess');
  expect(await resolved(one, userOf(readerId), id)).toBeNull();
  expect(await names(owner, { search: 'binned' })).toEqual([]);
  expect(await names(owner, { search: 'binned', statuses: ['DELETED'] })).toEqual(['binned OWN']);
  const again = await created(one, owner, [], { name: 'binned' });
  expect((await update(one, owner, { id, status: 'ACTIVE' })).__typename).toBe('ContextNameTakenError');
  await remove(one, owner, { id: again, permanently: true });
  expect((await update(one, owner, { id, status: 'ACTIVE' })).__typename).toBe('UpdateContextSuccess');
  expect((await resolved(one, userOf(readerId), id))?.value).toEqual({ a: 1 });
  const { rows } = await contexts.pool.query(
    'select count(*)::int as count from context_versions where context_id = $1',
    [again],
  );
  expect(rows).toEqual([{ count: 0 }]);
});

test('who writes on top of an old version is told the present one, and nothing is changed', async () => {
  const id = await created(one, owner);
  await update(one, owner, { id, description: 'first' });
  const conflict = await update(one, owner, { id, description: 'second', expectedVersion: 1 });
  expect(conflict).toMatchObject({
    __typename: 'ContextVersionConflictError',
    currentVersion: 2,
    context: { version: 2 },
  });
  const shown = await one.ask(owner, 'query ($id: ID!) { context(id: $id) { version description } }', { id });
  expect(shown).toEqual({ context: { version: 2, description: 'first' } });
});

test('a context that is already as asked has no new version', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const values = {
    description: 'd',
    metadata: { b: { c: 1 }, a: [1] },
    tags: ['x', 'y'],
    language: 'german',
    expiresAt,
  };
  const id = await created(one, owner, [], { ...values, name: 'same' });
  const versionAfter = async (input: object) => (await update(one, owner, { id, ...input })).context?.version;
  expect(await versionAfter({})).toBe(1);
  expect(await versionAfter({ ...values, name: 'same', type: 'test', status: 'ACTIVE', secretPolicy: 'REFUSE' })).toBe(
    1,
  );
  expect(await versionAfter({ metadata: { a: [1], b: { c: 1 } } })).toBe(1);
  expect((await update(one, owner, { id, expectedVersion: 2 })).__typename).toBe('ContextVersionConflictError');
  const changes = [
    { tags: ['y', 'x'] },
    { metadata: null },
    { description: null },
    { expiresAt: null },
    { secretPolicy: 'MASK' },
  ];
  for (const [index, input] of changes.entries()) {
    expect(await versionAfter(input)).toBe(index + 2);
    expect(await versionAfter(input)).toBe(index + 2);
  }
});

test('every change is a message of its stream; who loses the context loses the stream', async () => {
  const id = await created(one, owner);
  await share(one, owner, { id, kind: 'USER', granteeId: watcherId, access: 'READ' });
  const watched = one.messages<{ contextChanged: { change: string | null; version: number } }>(
    userOf(watcherId),
    `subscription { contextChanged(id: "${id}") { change version } }`,
  );
  const next = async () => {
    const { value, done } = await watched.next();
    return done ? null : value.contextChanged;
  };
  expect(await next()).toEqual({ change: null, version: 2 });
  await add(one, owner, { contextId: id, layerType: 'x', data: {} });
  expect(await next()).toEqual({ change: 'LAYER_ADDED', version: 3 });
  await unshare(one, owner, { id, kind: 'USER', granteeId: watcherId });
  expect(await next()).toBeNull();
});
