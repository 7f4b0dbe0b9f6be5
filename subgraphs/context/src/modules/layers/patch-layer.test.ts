import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { created, layersOf, patch } from '../../testing/operations.ts';

const owner = userOf('owner');
let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const diffOf = async (id: string, from: number, to: number | null = null) => {
  const query =
    'query ($id: ID!, $from: Int!, $to: Int) { contextDiff(id: $id, from: $from, to: $to) { op path value } }';
  return (await one.ask<{ contextDiff: object[] | null }>(owner, query, { id, from, to })).contextDiff;
};

test('a layer is patched step by step, and what that changed is told between any two versions', async () => {
  const id = await created(one, owner, [{ plan: 'pro', seats: 1 }]);
  const [layer] = await layersOf(one, owner, id);
  const steps = [
    { op: 'TEST', path: '/plan', value: 'pro' },
    { op: 'REPLACE', path: '/plan', value: 'enterprise' },
    { op: 'REMOVE', path: '/seats' },
  ];
  const patched = await patch(one, owner, { id: layer!.id, patch: steps, expectedVersion: 1 });
  expect(patched).toMatchObject({
    __typename: 'PatchContextLayerSuccess',
    layer: { data: { plan: 'enterprise' }, version: 2 },
    context: { version: 2 },
  });
  const forth = await diffOf(id, 1, 2);
  expect(forth).toHaveLength(2);
  expect(forth).toEqual(
    expect.arrayContaining([
      { op: 'REMOVE', path: '/seats', value: null },
      { op: 'REPLACE', path: '/plan', value: 'enterprise' },
    ]),
  );
  expect(await diffOf(id, 1)).toEqual(forth);
  expect(await diffOf(id, 2)).toEqual([]);
});

test('a step that fails changes nothing, as does a stale version; a patch has a step', async () => {
  const id = await created(one, owner, [{ plan: 'pro' }]);
  const [layer] = await layersOf(one, owner, id);
  const patchWith = (input: object) => patch(one, owner, { id: layer!.id, ...input });
  const add = { op: 'ADD', path: '/seats', value: 5 };
  expect(await patchWith({ patch: [add, { op: 'TEST', path: '/plan', value: 'free' }] })).toMatchObject({
    __typename: 'ContextPatchError',
    step: 1,
  });
  expect(await patchWith({ patch: [add], expectedVersion: 7 })).toMatchObject({
    __typename: 'ContextVersionConflictError',
    currentVersion: 1,
  });
  expect(await patchWith({ patch: [] })).toMatchObject({ fields: [{ path: 'patch', message: 'must have a step' }] });
  expect((await layersOf(one, owner, id))[0]?.data).toEqual({ plan: 'pro' });
});

test('a context that somebody may not see has no differences', async () => {
  const id = await created(one, userOf('stranger'), [{ a: 1 }]);
  expect(await diffOf(id, 1)).toBeNull();
});
