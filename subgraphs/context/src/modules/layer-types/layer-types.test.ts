import { newId } from '@flowmesh/platform/ids';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';

let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process({ worker: false });
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const CONFLICT = '... on ContextLayerTypeConflictError { message currentVersion layerType { version } }';
const TYPE = 'layerType { name version schema }';
const define = (owner: string, input: object) =>
  one.mutate<Record<string, unknown>>(
    userOf(owner),
    'defineContextLayerType',
    { name: 'note', schema: {}, ...input },
    `${CONFLICT} ... on DefineContextLayerTypeSuccess { defined: ${TYPE} } ... on InvalidInputError { fields { path message } }`,
  );
const remove = (owner: string, input: object) =>
  one.mutate<Record<string, unknown>>(
    userOf(owner),
    'removeContextLayerType',
    { name: 'note', ...input },
    `${CONFLICT} ... on RemoveContextLayerTypeSuccess { name } ... on MutationError { code }`,
  );
const conflict = (expected: number, currentVersion: number) => ({
  __typename: 'ContextLayerTypeConflictError',
  message: `The type of layer is at version ${currentVersion}, not ${expected}.`,
  currentVersion,
  layerType: currentVersion === 0 ? null : { version: currentVersion },
});

test('a type is defined, replaced and removed at the version that is expected, or at any', async () => {
  const ada = newId();
  const schema = { type: 'object' };
  expect(await define(ada, { expectedVersion: 1 })).toMatchObject(conflict(1, 0));
  expect(await define(ada, { expectedVersion: 0 })).toMatchObject({
    defined: { name: 'note', version: 1, schema: {} },
  });
  expect(await define(ada, { expectedVersion: 0, schema })).toMatchObject(conflict(0, 1));
  expect(await define(ada, { schema })).toMatchObject({ defined: { version: 2, schema } });
  expect(await define(ada, { expectedVersion: 2 })).toMatchObject({ defined: { version: 3, schema: {} } });
  expect(await remove(ada, { expectedVersion: 2 })).toMatchObject(conflict(2, 3));
  expect(await remove(newId(), { expectedVersion: 3 })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await remove(ada, { expectedVersion: 3 })).toMatchObject({ name: 'note' });
  expect(await remove(ada, { expectedVersion: 3 })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await define(ada, { expectedVersion: -1 })).toMatchObject({
    fields: [{ path: 'expectedVersion', message: 'must be a version, or 0 for none' }],
  });
});

test('of definitions at once that expect the same version, one is done', async () => {
  const bob = newId();
  for (const expectedVersion of [0, 1]) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => define(bob, { expectedVersion, schema: { maxProperties: n } })),
    );
    const names = answers.map(({ __typename }) => __typename);
    expect(names.filter((name) => name === 'DefineContextLayerTypeSuccess')).toHaveLength(1);
    expect(names.filter((name) => name === 'ContextLayerTypeConflictError')).toHaveLength(9);
  }
});
