import fc from 'fast-check';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, change, created, layersOf, removeLayer, resolved, restore, update } from '../../testing/operations.ts';
import { mergeLayers } from './merge-layers.ts';

const owner = userOf('owner');
let contexts: ContextUnderTest;
let one: ContextProcess;
let other: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  [one, other] = [await contexts.process(), await contexts.process()];
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

test('layers are merged by their order: objects key by key, lists replaced or appended, null removes', async () => {
  const id = await created(one, owner, [{ a: { b: 1, c: [1] }, d: 1 }]);
  await add(one, owner, { contextId: id, layerType: 'top', data: { a: { c: [3] } }, arrays: 'APPEND', order: 9 });
  await add(one, owner, { contextId: id, layerType: 'middle', data: { a: { b: null, c: [2] }, e: 'x' }, order: 5 });
  const [bottom, middle, top] = await layersOf(one, owner, id);
  const { value, origins, version } = (await resolved(one, owner, id))!;
  expect([value, version]).toEqual([{ a: { c: [2, 3] }, d: 1, e: 'x' }, 3]);
  expect(origins).toEqual([
    { pointer: '/a/c', layerId: top?.id },
    { pointer: '/d', layerId: bottom?.id },
    { pointer: '/e', layerId: middle?.id },
  ]);
});

/** The examples of RFC 7396, appendix A, whose target and patch are objects. */
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j with %j over it is %j', async (below, above, expected) => {
  const arrays = 'REPLACE' as const;
  expect(
    await mergeLayers([
      { data: below, arrays },
      { data: above, arrays },
    ]),
  ).toEqual(expected);
});

test('merging changes no layer, and a layer over nothing is itself without nulls', async () => {
  const data = fc.dictionary(fc.string(), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(data, data, async (below, above) => {
      const before = JSON.stringify([below, above]);
      const once = await mergeLayers([
        { data: below, arrays: 'APPEND' },
        { data: above, arrays: 'APPEND' },
      ]);
      expect(JSON.stringify([below, above])).toBe(before);
      expect(await mergeLayers([{ data: once, arrays: 'REPLACE' }])).toEqual(once);
    }),
  );
});

test('50 writers at once of two processes, each of its own key, lose nothing', async () => {
  const id = await created(one, owner, [{}]);
  const [layer] = await layersOf(one, owner, id);
  const writes = Array.from({ length: 50 }, (_, index) => {
    const path = `/k${index}`;
    const patch = [{ op: 'ADD', path, value: index }];
    return change(index % 2 ? one : other, owner, {
      id: layer!.id,
      ...(index % 3 ? { patch } : { mergePatch: { [`k${index}`]: index } }),
    });
  });
  const results = await Promise.all(writes);
  expect(new Set(results.map(({ __typename }) => __typename))).toEqual(new Set(['UpdateContextLayerSuccess']));
  const expected = Object.fromEntries(writes.map((_, index) => [`k${index}`, index]));
  expect(await resolved(one, owner, id)).toMatchObject({ version: 51, value: expected });
  const { rows } = await contexts.pool.query(
    `select c.layer_count, c.size_bytes::int, (select sum(size_bytes)::int from context_layers where context_id = c.id) as size,
            (select count(*)::int from outbox_events where stream = 'context:' || c.id) as events
     from contexts c where id = $1`,
    [id],
  );
  const size = Buffer.byteLength(JSON.stringify(expected));
  expect(rows).toEqual([{ layer_count: 1, size_bytes: size, size, events: 51 }]);
}, 60_000);

test('a merge patch leaves what is null in the layer, which removes keys of those below', async () => {
  const id = await created(one, owner, [
    { a: 1, b: { c: 1, d: 1 } },
    { a: null, b: { c: null } },
  ]);
  const [, layer] = await layersOf(one, owner, id);
  const patched = await change(one, owner, { id: layer!.id, mergePatch: { e: 1, b: { f: 1, g: null } } });
  expect(patched.layer?.data).toEqual({ a: null, b: { c: null, f: 1 }, e: 1 });
  expect((await resolved(one, owner, id))?.value).toEqual({ b: { d: 1, f: 1 }, e: 1 });
});

test('a patch is done as a whole or not at all, and says which step failed', async () => {
  const id = await created(one, owner, [{ list: [1, 2], name: 'x' }]);
  const [layer] = await layersOf(one, owner, id);
  const patch = (...steps: object[]) => change(one, owner, { id: layer!.id, patch: steps });
  const failed = await patch({ op: 'ADD', path: '/list/-', value: 3 }, { op: 'TEST', path: '/name', value: 'y' });
  expect(failed).toMatchObject({ __typename: 'ContextPatchError', step: 1 });
  expect(await patch({ op: 'REMOVE', path: '/none' })).toMatchObject({ __typename: 'ContextPatchError', step: 0 });
  expect(await resolved(one, owner, id)).toMatchObject({ version: 1, value: { list: [1, 2], name: 'x' } });
  const done = await patch(
    { op: 'MOVE', from: '/list/0', path: '/first' },
    { op: 'COPY', from: '/name', path: '/copy' },
  );
  expect(done.layer?.data).toEqual({ list: [2], name: 'x', first: 1, copy: 'x' });
  const both = await change(one, owner, { id: layer!.id, data: {}, patch: [] });
  expect(both.fields).toEqual([{ path: '', message: 'must have at most one of `data`, `patch` and `mergePatch`' }]);
  const doubled = Array.from({ length: 40 }, (_, index) => ({ op: 'COPY', from: '', path: `/k${index}` }));
  expect((await patch(...doubled)).__typename).toBe('ContextPatchError');
});

test('whoever has read an older version of a layer is told; other layers do not matter', async () => {
  const id = await created(one, owner, [{ a: 1 }, { b: 1 }]);
  const [first, second] = await layersOf(one, owner, id);
  await change(one, owner, { id: first!.id, data: { a: 2 } });
  expect((await change(one, owner, { id: second!.id, data: { b: 2 }, expectedVersion: 1 })).layer?.version).toBe(3);
  expect(await change(one, owner, { id: first!.id, data: { a: 3 }, expectedVersion: 1 })).toMatchObject({
    __typename: 'ContextVersionConflictError',
    currentVersion: 2,
  });
  expect(await removeLayer(one, owner, { id: first!.id, expectedVersion: 1 })).toMatchObject({ currentVersion: 2 });
  expect((await removeLayer(one, owner, { id: first!.id, expectedVersion: 2 })).context?.layerCount).toBe(1);
});

test('what was can be read, compared, and restored', async () => {
  const id = await created(one, owner, [{ a: 1 }]);
  const [layer] = await layersOf(one, owner, id);
  await change(one, owner, { id: layer!.id, data: { a: 2 }, reason: 'more' });
  const added = await add(one, owner, { contextId: id, layerType: 'x', data: { b: [1] } });
  await removeLayer(one, owner, { id: layer!.id });
  const at = async (version: number) => (await resolved(one, owner, id, version))?.value;
  expect(await Promise.all([1, 2, 3, 4].map(at))).toEqual([{ a: 1 }, { a: 2 }, { a: 2, b: [1] }, { b: [1] }]);
  const query = `query ($id: ID!) { context(id: $id) {
    diff(from: 1, to: 4) { op path value }
    versions(first: 3) { nodes { version change layerId reason author { id } } totalCount }
  } }`;
  const author = { id: 'owner' };
  expect(await one.ask(owner, query, { id })).toEqual({
    context: {
      diff: [
        { op: 'REMOVE', path: '/a', value: null },
        { op: 'ADD', path: '/b', value: [1] },
      ],
      versions: {
        nodes: [
          { version: 4, change: 'LAYER_REMOVED', layerId: layer!.id, reason: null, author },
          { version: 3, change: 'LAYER_ADDED', layerId: added.layer!.id, reason: null, author },
          { version: 2, change: 'LAYER_UPDATED', layerId: layer!.id, reason: 'more', author },
        ],
        totalCount: 4,
      },
    },
  });
  expect((await restore(one, owner, { id, version: 2 })).context).toMatchObject({ version: 5, layerCount: 1 });
  expect((await resolved(one, owner, id))?.value).toEqual({ a: 2 });
  expect(await at(4)).toEqual({ b: [1] });
  expect((await restore(one, owner, { id, version: 9 })).fields).toEqual([
    { path: 'version', message: 'must be a version of the context, from 1 to 5' },
  ]);
});

/** Each has `NEEDLE` in what must not be stored. */
const NEEDLE = 'q7Zx4Kp9Vb2Nw8Rt5Ym3';
const SECRETS: [string, unknown, unknown][] = [
  ['SECRET_FIELD', { password: NEEDLE }, { password: '•••' }],
  ['SECRET_FIELD', { aws_secret_access_key: NEEDLE + NEEDLE }, { aws_secret_access_key: '•••' }],
  ['SECRET_FIELD', [{ name: 'DB_PASSWORD', value: NEEDLE }], [{ name: 'DB_PASSWORD', value: '•••' }]],
  ['SECRET_FIELD', `aws_secret_access_key=${NEEDLE}${NEEDLE}`, 'aws_secret_access_key=•••'],
  ['GITHUB_TOKEN', `the key is ghp_${NEEDLE}0123456789abcdef`, 'the key is •••'],
  ['ANTHROPIC_API_KEY', `sk-ant-api03-${NEEDLE}`, '•••'],
  ['STRIPE_KEY', `sk_live_${NEEDLE}`, '•••'],
  ['GITLAB_TOKEN', `glpat-${NEEDLE}`, '•••'],
  ['BEARER_TOKEN', `Authorization: Bearer ${NEEDLE}`, 'Authorization: Bearer •••'],
  ['CONNECTION_PASSWORD', `postgres://app:${NEEDLE}@host`, 'postgres://app:•••@host'],
];

test('secrets are refused with their place, or masked, and stored nowhere', async () => {
  const data = { list: SECRETS.map(([, secret]) => secret), card: 4_111_111_111_111_111 };
  const refused = await add(one, owner, { contextId: await created(one, owner), layerType: 'x', data });
  expect(refused.__typename).toBe('ContextSecretsRefusedError');
  expect(refused.findings?.map(({ kind }) => kind)).toEqual([...SECRETS.map(([kind]) => kind), 'CARD_NUMBER']);
  expect(refused.findings?.[2]?.path).toBe('data.list[2][0].value');

  const masking = await created(one, owner, [], { secretPolicy: 'MASK' });
  const masked = await add(one, owner, { contextId: masking, layerType: 'x', data });
  const clean = { list: SECRETS.map(([, , left]) => left), card: '•••' };
  expect(masked.layer?.data).toEqual(clean);
  const given = { id: masked.layer!.id, patch: [{ op: 'ADD', path: '/api_key', value: NEEDLE }] };
  expect((await change(one, owner, given)).layer?.data).toEqual({ ...clean, api_key: '•••' });
  const { rows: tables } = await contexts.pool.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['context_layers', 'context_layer_versions', 'context_versions', 'outbox_events']),
  );
  for (const { name } of tables) {
    const { rows } = await contexts.pool.query(
      `select $3 as name from "${name}" t where t::text ilike any (array[$1, $2])`,
      [`%${NEEDLE}%`, '%4111111111111111%', name],
    );
    expect(rows).toEqual([]);
  }
});

test('layers of a type satisfy its schema, whoever writes them', async () => {
  const define =
    'mutation ($input: DefineContextLayerTypeInput!) { defineContextLayerType(input: $input) { __typename } }';
  const input = {
    name: 'profile',
    schema: { type: 'object', required: ['age'], properties: { age: { type: 'integer' } } },
  };
  const typed = userOf('typed');
  await one.ask(typed, define, { input });
  const id = await created(one, typed);
  const bad = await add(one, typed, { contextId: id, layerType: 'profile', data: { age: 'old' } });
  expect(bad.fields?.map(({ path }) => path)).toEqual(['data.age']);
  const good = await add(one, typed, { contextId: id, layerType: 'profile', data: { age: 4 } });
  const patched = await change(one, typed, { id: good.layer!.id, patch: [{ op: 'REMOVE', path: '/age' }] });
  expect(patched.fields?.[0]?.path).toMatch(/^data/);
  expect((await resolved(one, typed, id))?.value).toEqual({ age: 4 });
});

test('origins refuse what is no JSON Pointer, as searches and patches do', async () => {
  const id = await created(one, owner, [{ a: 1 }]);
  const ask = (below: string) =>
    one.execute(
      owner,
      'query ($id: ID!, $below: String) { context(id: $id) { resolved { origins(below: $below) { pointer } } } }',
      { id, below },
    );
  for (const below of ['/~', '/~2', 'a', '/a~']) {
    expect((await ask(below)).errors?.map(({ message, extensions }) => [extensions['code'], message])).toEqual([
      ['BAD_USER_INPUT', 'below: must be a JSON Pointer: empty, or `/key/key` with `~0` for `~` and `~1` for `/`'],
    ]);
  }
  expect((await ask('/a')).data).toEqual({ context: { resolved: { origins: [{ pointer: '/a' }] } } });
});

test('a write that changes nothing makes no version and no event, but is held to its conditions', async () => {
  const data = { b: [1, { c: 'ü' }], a: 1.5, n: null };
  const id = await created(one, owner, [data]);
  const [layer] = await layersOf(one, owner, id);
  const same = { id: layer!.id };
  for (const input of [
    { data: { a: 1.5, n: null, b: [1, { c: 'ü' }] } },
    { patch: [] },
    { patch: [{ op: 'TEST', path: '/a', value: 1.5 }] },
    { mergePatch: {} },
    { mergePatch: { a: 1.5 } },
    { layerType: 'free', order: 0, arrays: 'REPLACE', expiresAt: null },
    { reason: 'nothing', expectedVersion: 1 },
  ]) {
    expect(await change(one, owner, { ...same, ...input })).toMatchObject({
      __typename: 'UpdateContextLayerSuccess',
      layer: { version: 1, data },
      context: { version: 1 },
    });
  }
  expect((await change(one, owner, { ...same, data, expectedVersion: 2 })).__typename).toBe(
    'ContextVersionConflictError',
  );
  expect((await change(one, owner, { ...same, data: { ...data, a: 2.5 } })).context?.version).toBe(2);
  const { rows } = await contexts.pool.query(
    `select (select count(*) from context_layer_versions where context_id = $1)::int as layers,
            (select count(*) from context_versions where context_id = $1)::int as versions,
            (select count(*) from outbox_events where stream = 'context:' || $1)::int as events`,
    [id],
  );
  expect(rows).toEqual([{ layers: 2, versions: 2, events: 2 }]);
  await update(one, owner, { id, status: 'INACTIVE' });
  expect((await change(one, owner, { ...same, mergePatch: {} })).__typename).toBe('ConflictError');
});

test('a context has at most 50 layers, however many are added at once', async () => {
  const id = await created(
    one,
    owner,
    Array.from({ length: 48 }, () => ({})),
  );
  const added = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      add(index % 2 ? one : other, owner, { contextId: id, layerType: 'x', data: {} }),
    ),
  );
  expect(added.map(({ __typename }) => __typename).sort()).toEqual([
    ...Array<string>(2).fill('AddContextLayerSuccess'),
    ...Array<string>(4).fill('InvalidInputError'),
  ]);
  expect((await layersOf(one, owner, id)).length).toBe(50);
  expect((await add(one, owner, { contextId: id, layerType: 'x', data: {} })).fields).toEqual([
    { path: 'contextId', message: 'has 50 layers already, and a context has at most 50' },
  ]);
});
