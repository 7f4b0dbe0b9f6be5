import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, change, create, created, layersOf, resolved, update, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const nested = (depth: number): object => (depth === 1 ? {} : { a: nested(depth - 1) });
const problems = ({ fields }: Result) => fields?.map(({ path, message }) => `${path} ${message}`);
const written = async (data: object) => {
  const id = await created(one, owner);
  return add(one, owner, { contextId: id, layerType: 'x', data });
};

test.each([
  ['64 deep', nested(64), undefined],
  ['65 deep', nested(65), [expect.stringMatching(/^data(\.a){64} is nested too deeply$/)]],
  ['as large as it may be', { a: 'x'.repeat(2_000_000 - '{"a":""}'.length) }, undefined],
  ['a byte larger', { a: 'x'.repeat(2_000_001 - '{"a":""}'.length) }, ['data must be at most 2,000,000 bytes of JSON']],
  [
    'a key that would be a prototype',
    JSON.parse('{"a":{"__proto__":{"admin":true}}}'),
    ['data.a must not have the key __proto__'],
  ],
  ['NUL in a text', { a: ['x', 'b\0'] }, ['data.a[1] must not contain the character NUL']],
  ['NUL in a key', { 'a\0': 1 }, ['data has a key that must not contain the character NUL']],
  ['half a character', { a: '\ud83d' }, ['data.a must be valid Unicode (it contains half of a surrogate pair)']],
  ['both halves', { a: '\ud83d\ude00', '👩‍🚀': 1, '': { '/~': 0 } }, undefined],
  ['odd keys', { constructor: 1, toString: 2, hasOwnProperty: { length: 3 }, prototype: null }, undefined],
  ['numbers of every size', { a: [1e308, -1e308, 5e-324, 0.1, 9007199254740991, 1e21] }, undefined],
  [
    'a great many long numbers',
    { a: Array<number>(20_000).fill(1e308) },
    ['data numbers in it are too long when they are written in full'],
  ],
])('a layer with %s', async (_what, data: object, refused) => {
  const result = await written(data);
  expect(problems(result)).toEqual(refused);
  if (refused === undefined) expect(result.layer?.data).toEqual(data);
});

test('what a patch makes is held to the same limits', async () => {
  const id = await created(one, owner, [{ a: nested(60), big: 'x'.repeat(1_500_000) }]);
  const [layer] = await layersOf(one, owner, id);
  const patch = (...steps: object[]) => change(one, owner, { id: layer!.id, patch: steps });
  const deeper = '/a'.repeat(60);
  expect(problems(await patch({ op: 'ADD', path: `${deeper}/a`, value: nested(10) }))).toEqual([
    expect.stringMatching(/^data(\.a)+ is nested too deeply$/),
  ]);
  expect(problems(await patch({ op: 'ADD', path: '/more', value: 'x'.repeat(600_000) }))).toEqual([
    'data must be at most 2,000,000 bytes of JSON',
  ]);
  expect((await layersOf(one, owner, id))[0]?.version).toBe(1);
});

test('a context holds at most 100 MB, and reads of more than 16 MB are refused before they are made', async () => {
  const id = await created(one, owner);
  const megabytes = 'x'.repeat(1_990_000);
  for (let at = 0; at < 9; at += 1) {
    expect((await add(one, owner, { contextId: id, layerType: 'x', data: { [`k${at}`]: megabytes } })).__typename).toBe(
      'AddContextLayerSuccess',
    );
  }
  const { errors } = await one.execute(owner, `{ context(id: "${id}") { resolved { version } } }`);
  expect(errors?.map(({ message }) => message)).toEqual([
    'layers: hold more than 16 MB of data together: ask for fewer at once',
  ]);
  // As if the others were there.
  await contexts.pool.query('update contexts set size_bytes = 99000000 where id = $1', [id]);
  const refused = await add(one, owner, { contextId: id, layerType: 'x', data: { more: megabytes } });
  expect(problems(refused)).toEqual(['data the layers of a context hold at most 100 MB of JSON together']);
}, 60_000);

test('limits of a context itself', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`);
  const keys = (count: number) => Object.fromEntries(many(count).map((key) => [key, 1]));
  const most = { name: 'x'.repeat(255), type: 'y'.repeat(100), tags: many(20), metadata: keys(100) };
  const { context } = await create(one, owner, most);
  expect(context?.version).toBe(1);
  const id = context!.id;
  for (const [input, problem] of [
    [{ name: 'x'.repeat(256) }, 'name must have at most 255 characters'],
    [{ type: 'x'.repeat(101) }, 'type must have at most 100 characters'],
    [{ tags: many(21) }, 'tags must be at most 20 tags'],
    [{ tags: ['x'.repeat(51)] }, 'tags[0] must have at most 50 characters'],
    [{ metadata: keys(101) }, 'metadata must have at most 100 keys'],
    [{ metadata: { a: 'x'.repeat(1_000_000) } }, 'metadata must be at most 1,000,000 bytes of JSON'],
    [{ description: 'x'.repeat(10_001) }, 'description must have at most 10,000 characters'],
    [{ status: 'DELETED' }, 'status must be ACTIVE, INACTIVE or ARCHIVED; deleteContext deletes'],
    [{ reason: 'x'.repeat(1_001) }, 'reason must have at most 1,000 characters'],
    [{ expectedVersion: 0 }, 'expectedVersion must be a version, from 1'],
  ] as const) {
    expect(problems(await update(one, owner, { id, ...input }))).toEqual([problem]);
  }
  expect(
    problems(await create(one, owner, { name: 'a', type: 'b', layers: Array(51).fill({ layerType: 'x', data: {} }) })),
  ).toEqual(['layers must be at most 50 layers']);
});

test('a secret in a key or in the path of a patch is refused where others are masked', async () => {
  const secret = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz';
  const id = await created(one, owner, [{}], { secretPolicy: 'MASK' });
  const [layer] = await layersOf(one, owner, id);
  const finding = (path: string) => ({ findings: [{ path, kind: 'GITHUB_TOKEN' }] });
  expect(await change(one, owner, { id: layer!.id, data: { a: { [secret]: 1 } } })).toMatchObject(finding('data.a'));
  const patch = (step: object) => change(one, owner, { id: layer!.id, patch: [step] });
  expect(await patch({ op: 'ADD', path: `/${secret}`, value: 1 })).toMatchObject(finding('patch[0].path'));
  const masked = await patch({ op: 'ADD', path: '/key', value: `token ${secret}` });
  expect(masked.layer?.data).toEqual({ key: 'token •••' });
  const merged = await change(one, owner, { id: layer!.id, mergePatch: { other: secret } });
  expect(merged.layer?.data).toEqual({ key: 'token •••', other: '•••' });
});

test('layers without an order lie above those before them', async () => {
  const result = await create(one, owner, {
    name: 'ordered',
    type: 'x',
    layers: [
      { layerType: 'a', data: { v: 1 }, order: 100 },
      { layerType: 'b', data: { v: 2 } },
    ],
  });
  const id = result.context!.id;
  await add(one, owner, { contextId: id, layerType: 'c', data: { w: 3 } });
  expect((await layersOf(one, owner, id)).map(({ order }) => order)).toEqual([100, 101, 102]);
  expect((await resolved(one, owner, id))?.value).toEqual({ v: 2, w: 3 });
});
