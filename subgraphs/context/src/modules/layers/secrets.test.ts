import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import {
  add,
  change,
  create,
  created,
  layersOf,
  remove,
  removeLayer,
  restore,
  update,
  type Result,
} from '../../testing/operations.ts';

const owner = userOf('owner');
/** Of no form that gives it away. */
const PLAIN = 'q7Zx4Kp9Vb2Nw8Rt5Ym3';
const TOKEN = `ghp_${PLAIN}0123456789abcdef`;

let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const found = ({ __typename, findings }: Result) => [
  __typename,
  ...(findings ?? []).map(({ path, kind }) => `${path} ${kind}`),
];

interface Step {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}
const BEFORE = { plain: PLAIN, list: [PLAIN], box: { text: PLAIN, secret: [] }, items: [{ value: PLAIN }] };
const STEPS: [string, Step[], string, object][] = [
  [
    'MOVE to the name',
    [{ op: 'MOVE', from: '/plain', path: '/password' }],
    'data.password',
    { list: [PLAIN], box: BEFORE.box, items: BEFORE.items, password: '•••' },
  ],
  [
    'COPY to the name',
    [{ op: 'COPY', from: '/plain', path: '/api_key' }],
    'data.api_key',
    { ...BEFORE, api_key: '•••' },
  ],
  [
    'MOVE into a list of the name',
    [{ op: 'MOVE', from: '/plain', path: '/box/secret/-' }],
    'data.box.secret[0]',
    { list: [PLAIN], box: { text: PLAIN, secret: ['•••'] }, items: BEFORE.items },
  ],
  [
    'ADD of a name beside the value',
    [{ op: 'ADD', path: '/items/0/name', value: 'DB_PASSWORD' }],
    'data.items[0].value',
    { ...BEFORE, items: [{ value: '•••', name: 'DB_PASSWORD' }] },
  ],
  [
    'REPLACE of what is around the value, and COPY into it',
    [
      { op: 'REPLACE', path: '/box', value: { deep: {} } },
      { op: 'COPY', from: '/plain', path: '/box/deep/secret' },
    ],
    'data.box.deep.secret',
    { ...BEFORE, box: { deep: { secret: '•••' } } },
  ],
];

test.each(STEPS)('a patch by %s is refused with the place in what it would make', async (_what, patch, path) => {
  const id = await created(one, owner, [BEFORE]);
  const [layer] = await layersOf(one, owner, id);
  expect(found(await change(one, owner, { id: layer!.id, patch }))).toEqual([
    'ContextSecretsRefusedError',
    `${path} SECRET_FIELD`,
  ]);
  expect((await layersOf(one, owner, id))[0]).toEqual(layer);
});

test.each(STEPS)('a patch by %s is masked where the context masks', async (_what, patch, _path, after) => {
  const id = await created(one, owner, [BEFORE], { secretPolicy: 'MASK' });
  const [layer] = await layersOf(one, owner, id);
  expect((await change(one, owner, { id: layer!.id, patch })).layer?.data).toEqual(after);
});

test('a merge patch that names a value beside it is refused', async () => {
  const id = await created(one, owner, [{ item: { value: PLAIN } }]);
  const [layer] = await layersOf(one, owner, id);
  const result = await change(one, owner, { id: layer!.id, mergePatch: { item: { name: 'API_KEY' } } });
  expect(found(result)).toEqual(['ContextSecretsRefusedError', 'data.item.value SECRET_FIELD']);
});

const TEXTS: [string, object][] = [
  ['name', { name: `my ${TOKEN}` }],
  ['type', { type: TOKEN }],
  ['description', { description: `the key is ${TOKEN}` }],
  ['tags[1]', { tags: ['fine', TOKEN] }],
  ['metadata.deep.note', { metadata: { deep: { note: TOKEN } } }],
];

test.each(TEXTS)('a secret in %s of a context is refused, when it is created or changed', async (path, given) => {
  const made = await create(one, owner, { name: path, type: 'x', ...given });
  expect(found(made)).toEqual(['ContextSecretsRefusedError', `${path} GITHUB_TOKEN`]);
  const id = await created(one, owner);
  expect(found(await update(one, owner, { id, ...given }))).toEqual([
    'ContextSecretsRefusedError',
    `${path} GITHUB_TOKEN`,
  ]);
});

test('a secret named by metadata is one, too, and masked where the context masks', async () => {
  const id = await created(one, owner, [], { secretPolicy: 'MASK' });
  await update(one, owner, { id, description: `see ${TOKEN}`, metadata: { password: PLAIN }, reason: TOKEN });
  const query = '($id: ID!) { context(id: $id) { description metadata versions(first: 1) { nodes { reason } } } }';
  expect(await one.ask(owner, `query ${query}`, { id })).toEqual({
    context: { description: 'see •••', metadata: { password: '•••' }, versions: { nodes: [{ reason: '•••' }] } },
  });
});

test('a secret as a layer type, or as the reason of any change, is refused', async () => {
  const id = await created(one, owner, [{ a: 1 }]);
  const [layer] = await layersOf(one, owner, id);
  const reason = `because ${TOKEN}`;
  const refused = (path: string) => ['ContextSecretsRefusedError', `${path} GITHUB_TOKEN`];
  const at = { id: layer!.id };
  expect(found(await add(one, owner, { contextId: id, layerType: TOKEN, data: {} }))).toEqual(refused('layerType'));
  expect(found(await add(one, owner, { contextId: id, layerType: 'x', data: {}, reason }))).toEqual(refused('reason'));
  expect(found(await change(one, owner, { ...at, layerType: TOKEN }))).toEqual(refused('layerType'));
  expect(found(await change(one, owner, { ...at, data: { a: 2 }, reason }))).toEqual(refused('reason'));
  expect(found(await removeLayer(one, owner, { ...at, reason }))).toEqual(refused('reason'));
  expect(found(await update(one, owner, { id, type: 'y', reason }))).toEqual(refused('reason'));
  expect(found(await restore(one, owner, { id, version: 1, reason }))).toEqual(refused('reason'));
  expect(found(await remove(one, owner, { id, reason }))).toEqual(refused('reason'));
  const layers = [
    { layerType: 'x', data: {} },
    { layerType: TOKEN, data: {} },
  ];
  expect(found(await create(one, owner, { name: 'n', type: 't', layers }))).toEqual(refused('layers[1].layerType'));
  const { rows } = await contexts.pool.query(`select 1 from context_versions v where v::text like $1`, [`%${PLAIN}%`]);
  expect(rows).toEqual([]);
});

test('restoring is refused where a layer violates its type of now, unless types are to be ignored', async () => {
  const typed = userOf('typed');
  const define = (schema: object) => one.mutate(typed, 'defineContextLayerType', { name: 'profile', schema }, '');
  const id = await created(one, typed, [], { layers: [{ layerType: 'profile', data: { age: 'old' } }] });
  const [layer] = await layersOf(one, typed, id);
  await change(one, typed, { id: layer!.id, data: { age: 5 } });
  await add(one, typed, { contextId: id, layerType: 'free', data: { b: 1 } });
  await define({ type: 'object', properties: { age: { type: 'integer' } } });
  const { fields } = await restore(one, typed, { id, version: 1 });
  expect(fields).toEqual([
    {
      path: 'version',
      message: `cannot be restored with \`ignoreLayerTypes: false\`: its layer ${layer!.id} violates the layer type "profile": data.age must be integer`,
    },
  ]);
  expect((await restore(one, typed, { id, version: 2 })).context).toMatchObject({ version: 4, layerCount: 1 });
  const forced = await restore(one, typed, { id, version: 1, ignoreLayerTypes: true });
  expect(forced.context).toMatchObject({ version: 5 });
  expect((await layersOf(one, typed, id)).map(({ data }) => data)).toEqual([{ age: 'old' }]);
  // What is as it is, is not brought back.
  await update(one, typed, { id, type: 'other' });
  expect((await restore(one, typed, { id, version: 5 })).context).toMatchObject({ version: 7 });
});
