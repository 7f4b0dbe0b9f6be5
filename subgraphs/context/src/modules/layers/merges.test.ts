import { newId } from '@flowmesh/platform/ids';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { create, created, layersOf, merge, removeLayer, resolved, restore, share } from '../../testing/operations.ts';

const owner = userOf(newId());
let contexts: ContextUnderTest;
let one: ContextProcess;
let other: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  [one, other] = [await contexts.process(), await contexts.process()];
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

test('the layer of a type is added by the first merge, and merged into by the others', async () => {
  const contextId = await created(one, owner);
  const first = await merge(one, owner, { contextId, layerType: 'notes', mergePatch: { a: 1, b: { c: 1 } } });
  expect(first).toMatchObject({ merged: true, version: 2, layer: { data: { a: 1, b: { c: 1 } } } });
  const second = await merge(one, owner, { contextId, layerType: 'notes', mergePatch: { a: null, b: { d: 2 } } });
  expect(second).toMatchObject({ merged: true, version: 3, layer: { data: { b: { c: 1, d: 2 } } } });
  expect(second.layer?.id).toBe(first.layer?.id);
});

test('merges of two processes into a layer that is not there yet are all kept, in one layer', async () => {
  const contextId = await created(one, owner);
  const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
  const results = await Promise.all(
    keys.map((key, n) =>
      merge(n % 2 ? one : other, owner, {
        contextId,
        layerType: 'notes',
        mergePatch: { [key]: n },
        idempotencyKey: key,
      }),
    ),
  );
  expect(results.every(({ merged }) => merged)).toBe(true);
  expect((await layersOf(one, owner, contextId)).map(({ data }) => data)).toEqual([
    Object.fromEntries(keys.map((key, n) => [key, n])),
  ]);
});

test('a key merges once, also at the same moment, and when the merge changed nothing', async () => {
  const contextId = await created(one, owner, [{ a: 1 }]);
  const same = { contextId, layerType: 'free', mergePatch: { a: 1 }, idempotencyKey: 'same' };
  expect(await merge(one, owner, same)).toMatchObject({ merged: true, version: 1 });
  const input = { contextId, layerType: 'free', mergePatch: { a: 2 }, idempotencyKey: 'key' };
  const both = await Promise.all([merge(one, owner, input), merge(other, owner, input)]);
  expect(both.map(({ merged, version }) => [merged, version]).sort()).toEqual([
    [false, 2],
    [true, 2],
  ]);
  expect(await merge(one, owner, same)).toMatchObject({ merged: false, version: 1, context: { version: 2 } });
  expect((await resolved(one, owner, contextId))?.value).toEqual({ a: 2 });
});

test('a key that was used stays used when the layer is removed or the context restored', async () => {
  const contextId = await created(one, owner);
  const input = { contextId, layerType: 'notes', mergePatch: { a: 1 }, idempotencyKey: 'key' };
  const { layer } = await merge(one, owner, input);
  await removeLayer(one, owner, { id: layer?.id });
  expect(await merge(one, owner, input)).toMatchObject({ merged: false, version: 2, layer: null });
  await restore(one, owner, { id: contextId, version: 1 });
  expect(await merge(one, owner, input)).toMatchObject({ merged: false, version: 2, layer: null });
});

test('a merge that expects a version is refused at any other, and at none', async () => {
  const id = await created(one, owner);
  const given = { contextId: id, layerType: 'notes', mergePatch: { a: 1 } };
  expect(await merge(one, owner, { ...given, expectedVersion: 1 })).toMatchObject({
    __typename: 'ContextVersionConflictError',
    message: 'The layer is at version 0, not 1.',
    currentVersion: 0,
    context: { id, version: 1, layerCount: 0 },
  });
  const first = await merge(one, owner, { ...given, expectedVersion: 0 });
  expect(first).toMatchObject({ merged: true, layer: { version: 2, data: { a: 1 } } });
  const second = { ...given, mergePatch: { b: 2 } };
  expect(await merge(one, owner, { ...second, expectedVersion: 0 })).toMatchObject({ currentVersion: 2 });
  expect(await merge(one, owner, { ...second, expectedVersion: 2 })).toMatchObject({
    layer: { version: 3, data: { a: 1, b: 2 } },
  });
});

test('of merges at once that expect the same version, one is done', async () => {
  const id = await created(one, owner, [{}]);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      merge(n % 2 ? one : other, owner, {
        contextId: id,
        layerType: 'free',
        mergePatch: { [n]: n },
        expectedVersion: 1,
      }),
    ),
  );
  const done = answers.filter(({ merged }) => merged);
  const refused = answers.filter(({ currentVersion }) => currentVersion === 2);
  expect([done.length, refused.length]).toEqual([1, 19]);
  expect(done[0]).toMatchObject({ context: { version: 2 } });
});

test('what cannot be merged is told by its field', async () => {
  const reader = userOf(newId());
  const contextId = await created(one, owner, [{ a: 'x'.repeat(1_999_000) }]);
  await share(one, owner, {
    id: contextId,
    kind: 'USER',
    granteeId: (reader as { userId: string }).userId,
    access: 'READ',
  });
  const input = { contextId, layerType: 'free', mergePatch: { b: 'x'.repeat(2_000) } };
  expect((await merge(one, reader, input)).__typename).toBe('NotFoundError');
  expect((await merge(one, owner, input)).fields).toEqual([
    { path: 'mergePatch', message: 'must be at most 2,000,000 bytes of JSON' },
  ]);
  const secret = { ...input, mergePatch: { password: 'k9$dkd8Hd7sks' } };
  expect((await merge(one, owner, secret)).findings).toEqual([{ path: 'mergePatch.password', kind: 'SECRET_FIELD' }]);
  const told = { ...input, mergePatch: { b: 1 }, reason: 'password=k9dkd8Hd7sks' };
  expect((await merge(one, owner, told)).findings).toEqual([{ path: 'reason', kind: 'SECRET_FIELD' }]);
  await merge(one, owner, { ...input, mergePatch: { entry: { name: 'password' } } });
  const completed = { ...input, mergePatch: { entry: { value: 'k9$dkd8Hd7sks' } } };
  expect((await merge(one, owner, completed)).findings).toEqual([
    { path: 'mergePatch.entry.value', kind: 'SECRET_FIELD' },
  ]);
});

test('what a merge makes a secret of is refused like one that is given', async () => {
  const contextId = await created(one, owner, [{ setting: { name: 'DB_PASSWORD' } }]);
  const input = { contextId, layerType: 'free', mergePatch: { setting: { value: 'k9$dkd8Hd7sks' } } };
  expect((await merge(one, owner, input)).findings).toEqual([
    { path: 'mergePatch.setting.value', kind: 'SECRET_FIELD' },
  ]);
});

test('a context is created once under a key, by the same input only', async () => {
  const name = `once ${newId()}`;
  const input = { name, type: 'test', idempotencyKey: name };
  const both = await Promise.all([create(one, owner, input), create(other, owner, input)]);
  expect(both.map(({ created: made }) => made).sort()).toEqual([false, true]);
  expect(new Set(both.map(({ context }) => context?.id)).size).toBe(1);
  const different = await create(one, owner, { ...input, type: 'another' });
  expect(different.__typename).toBe('IdempotencyConflictError');
  expect((await create(one, userOf(newId()), input)).created).toBe(true);
});

test('a version is an entity for those who may see its context', async () => {
  const contextId = await created(one, owner, [{ a: 1 }]);
  await merge(one, owner, { contextId, layerType: 'free', mergePatch: { a: 2 } });
  const query = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) {
      ... on ContextVersion { version change context { version } resolved { version value } }
    }
  }`;
  const representations = [1, 2, 3].map((version) => ({ __typename: 'ContextVersion', contextId, version }));
  const read = (viewer: typeof owner) => one.ask<{ _entities: object[] }>(viewer, query, { representations });
  expect((await read(owner))._entities).toEqual([
    { version: 1, change: 'CREATED', context: { version: 2 }, resolved: { version: 1, value: { a: 1 } } },
    { version: 2, change: 'LAYER_UPDATED', context: { version: 2 }, resolved: { version: 2, value: { a: 2 } } },
    null,
  ]);
  expect((await read(userOf(newId())))._entities).toEqual([null, null, null]);
});
