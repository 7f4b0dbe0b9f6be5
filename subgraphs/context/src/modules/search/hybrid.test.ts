import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { EmbeddingDouble } from '../../testing/embedding-double.ts';
import { add, created, layersOf, remove, share, unshare, update } from '../../testing/operations.ts';

let contexts: ContextUnderTest;
let model: EmbeddingDouble;
let one: ContextProcess;

beforeAll(async () => {
  [contexts, model] = await Promise.all([prepareContexts(), EmbeddingDouble.start()]);
  one = await contexts.process({ env: model.settings() });
}, 60_000);
afterAll(async () => {
  await contexts.stop();
  await model.stop();
}, 30_000);

interface Found {
  readonly method: string;
  readonly semantic: {
    readonly state: string;
    readonly allCompared: boolean | null;
    readonly notEmbedded: number | null;
  };
  readonly hits: readonly {
    readonly score: number;
    readonly highlight: string | null;
    readonly foundBy: string | null;
    readonly similarity: number | null;
    readonly layer: { readonly data: Record<string, unknown> };
  }[];
}

const SEARCH = `query ($input: ContextSearchInput!) {
  searchContexts(input: $input) {
    method semantic { state allCompared notEmbedded } hits { score highlight foundBy similarity layer { data } }
  }
}`;
const search = async (viewer: Viewer, input: object, process = one): Promise<Found> =>
  (await process.ask<{ searchContexts: Found }>(viewer, SEARCH, { input })).searchContexts;
const found = async (viewer: Viewer, input: object): Promise<unknown[]> =>
  (await search(viewer, input)).hits.map(({ layer }) => layer.data['n']);

const allEmbedded = () =>
  until('all is embedded', async () => {
    const { rows } = await contexts.pool.query(`select 1 from context_embeddings where model is null limit 1`);
    return rows.length === 0;
  });

test('what means the same in other words is found, and what has the words, too, comes first', async () => {
  const me = userOf('driver');
  await created(one, me, [
    { n: 1, text: 'My automobile has a new engine, and the vehicle runs.' },
    { n: 2, text: 'The car, an automobile.' },
    { n: 3, text: 'A puppy is a small hound.' },
  ]);
  await allEmbedded();
  const { method, semantic, hits } = await search(me, { text: 'car' });
  expect([method, semantic]).toEqual(['HYBRID', { state: 'USED', allCompared: true, notEmbedded: 0 }]);
  expect(hits.map(({ layer }) => layer.data['n'])).toEqual([2, 1, 3]);
  expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score);
  expect(hits.map(({ foundBy }) => foundBy)).toEqual(['BOTH', 'MEANING', 'MEANING']);
  const [both, near, far] = hits.map(({ similarity }) => similarity!);
  expect(both).toBeLessThanOrEqual(1.000001);
  expect(near).toBeGreaterThan(far!);
  expect(hits[0]!.highlight).toContain('The **car**');
  expect(hits[1]!.highlight).toContain('My automobile has a new engine');
});

test('what is not similar enough is left out, unless it has the words', async () => {
  const me = userOf('chooser');
  await created(one, me, [
    { n: 1, text: 'My automobile has a new engine, and the vehicle runs.' },
    { n: 2, text: 'The car, an automobile.' },
    { n: 3, text: 'A puppy is a small hound.' },
  ]);
  await allEmbedded();
  const { hits } = await search(me, { text: 'car' });
  const of = (n: number) => hits.find(({ layer }) => layer.data['n'] === n)!.similarity!;
  const least = (minSimilarity: number) => search(me, { text: 'car', minSimilarity });
  expect((await least(0)).hits.map(({ layer }) => layer.data['n'])).toEqual(of(3) >= 0 ? [2, 1, 3] : [2, 1]);
  expect((await least((of(1) + of(3)) / 2)).hits.map(({ layer }) => layer.data['n'])).toEqual([2, 1]);
  const words = await least(1);
  expect([words.method, words.hits.map(({ layer }) => layer.data['n'])]).toEqual(['HYBRID', [2]]);
  for (const minSimilarity of [-0.1, 1.1]) {
    const { errors } = await one.execute(me, SEARCH, { input: { text: 'car', minSimilarity } });
    expect(errors?.map(({ message, extensions }) => [extensions?.code, message])).toEqual([
      ['BAD_USER_INPUT', 'input.minSimilarity: must be from 0 to 1'],
    ]);
  }
});

test('what is excluded is excluded from both, and words alone are searched when it is asked for', async () => {
  const me = userOf('excluder');
  await created(one, me, [
    { n: 1, text: 'the dog and the storm' },
    { n: 2, text: 'a puppy at the well-known storm' },
    { n: 3, text: 'a hound, nothing else' },
  ]);
  await allEmbedded();
  expect((await found(me, { text: 'dog' })).sort()).toEqual([1, 2, 3]);
  expect((await found(me, { text: 'dog -storm' })).sort()).toEqual([3]);
  expect((await found(me, { text: 'dog -"well-known storm"' })).sort()).toEqual([1, 3]);
  const words = await search(me, { text: 'dog', wordsOnly: true });
  expect([words.method, words.semantic.state, words.hits.length]).toEqual(['FULL_TEXT', 'NOT_ASKED', 1]);
  expect(words.hits[0]).toMatchObject({ foundBy: 'WORDS', similarity: null });
  expect((await search(me, { text: '-storm' })).semantic.state).toBe('NOT_ASKED');
  expect((await search(me, { path: '/n' })).semantic).toEqual({
    state: 'NOT_ASKED',
    allCompared: null,
    notEmbedded: 0,
  });
});

test('a long layer is found by the passage that is closest, which is shown', async () => {
  const me = userOf('reader');
  const filler = 'Nothing of note. '.repeat(400);
  await created(one, me, [
    { n: 1, text: `${filler}Here the weather and the cloud were described.${filler}` },
    { n: 2 },
  ]);
  await allEmbedded();
  const { hits } = await search(me, { text: 'rain' });
  expect(hits[0]!.layer.data['n']).toBe(1);
  expect(hits[0]!.highlight).toMatch(/Nothing of note|weather/);
});

test('filters narrow what is compared as they do what is looked through', async () => {
  const me = userOf('filterer');
  const a = await created(one, me, [{ n: 1, w: 'a bill' }], { type: 'project', tags: ['x', 'y'] });
  await add(one, me, { contextId: a, layerType: 'note', data: { n: 2, w: 'a payment' } });
  const b = await created(one, me, [{ n: 3, w: 'money' }], { tags: ['x'] });
  await allEmbedded();
  const word = { text: 'invoice' };
  const all = async (more: object) => (await found(me, { ...word, ...more })).sort();
  expect(await all({})).toEqual([1, 2, 3]);
  expect(await all({ contextId: b })).toEqual([3]);
  expect(await all({ type: 'project' })).toEqual([1, 2]);
  expect(await all({ tags: ['x', 'y'] })).toEqual([1, 2]);
  expect(await all({ layerType: 'note' })).toEqual([2]);
  expect(await all({ path: '/n', equals: 1 })).toEqual([1]);
  await update(one, me, { id: b, status: 'ARCHIVED' });
  expect(await all({})).toEqual([1, 2]);
  expect(await all({ includeArchived: true })).toEqual([1, 2, 3]);
  await remove(one, me, { id: a });
  expect(await all({ includeArchived: true })).toEqual([3]);
});

describe('who may not see a layer does not find it, by words or by meaning', () => {
  const [owner, reader, writer, outsider, role] = [newId(), newId(), newId(), newId(), newId()];
  const read = ['context:read', 'context:write'];
  const withRole = { ...userOf(newId()), roleIds: [role] };
  let id: string;
  beforeAll(async () => {
    id = await created(one, userOf(owner), [{ n: 1, text: 'the hound of pets' }]);
    await share(one, userOf(owner), { id, kind: 'USER', granteeId: reader, access: 'READ' });
    await share(one, userOf(owner), { id, kind: 'USER', granteeId: writer, access: 'WRITE' });
    await share(one, userOf(owner), { id, kind: 'ROLE', granteeId: role, access: 'READ' });
    await allEmbedded();
  });

  test.each<[string, () => Viewer, boolean]>([
    ['the owner', () => userOf(owner), true],
    ['who may read it', () => userOf(reader), true],
    ['who may write it', () => userOf(writer), true],
    ['who has a role that may', () => withRole, true],
    ['who has another role', () => ({ ...withRole, roleIds: [newId()] }), false],
    ['nobody special', () => userOf(outsider), false],
    ['who may read everything', () => userOf(outsider, [...read, 'context:read-any']), true],
    ['who may write everything, but not read it', () => userOf(outsider, [...read, 'context:write-any']), false],
  ])('%s', async (_who, viewer, sees) => {
    const [byWords, byMeaning] = await Promise.all([
      search(viewer(), { text: 'hound', contextId: id, wordsOnly: true }),
      search(viewer(), { text: 'dog', contextId: id }),
    ]);
    expect([byWords.method, byMeaning.method]).toEqual(['FULL_TEXT', 'HYBRID']);
    expect([byWords.hits.length, byMeaning.hits.length]).toEqual(sees ? [1, 1] : [0, 0]);
    expect(byMeaning.semantic.notEmbedded).toBe(0);
  });

  test('until the share is taken away', async () => {
    await unshare(one, userOf(owner), { id, kind: 'USER', granteeId: reader });
    expect(await found(userOf(reader), { text: 'dog' })).toEqual([]);
  });
});

test('layers that have expired, or are in the bin, are not compared', async () => {
  const me = userOf('expirer');
  const id = await created(one, me, [{ n: 1, text: 'a storm' }]);
  await allEmbedded();
  const [layer] = await layersOf(one, me, id);
  expect(await found(me, { text: 'rain' })).toEqual([1]);
  await contexts.pool.query('update context_layers set expires_at = now() where id = $1', [layer!.id]);
  expect(await found(me, { text: 'rain' })).toEqual([]);
});

test('without a model it is searched by words, and the answer says so', async () => {
  const me = userOf('wordy');
  const plain = await contexts.process({ worker: false });
  await created(plain, me, [{ n: 1, text: 'a car' }]);
  const { method, semantic, hits } = await search(me, { text: 'car' }, plain);
  expect([method, semantic, hits.length]).toEqual([
    'FULL_TEXT',
    { state: 'NOT_CONFIGURED', allCompared: null, notEmbedded: null },
    1,
  ]);
});

test.each<[string, EmbeddingDouble['instead']]>([
  ['fails', ({ response }) => Boolean(response.writeHead(500).end())],
  ['does not answer', () => true],
  ['answers nonsense', ({ response }) => Boolean(response.writeHead(200).end('{"data":[]}'))],
])('while the model %s it is searched by words in time, and the answer says so', async (_what, instead) => {
  const me = userOf(newId());
  const other = await EmbeddingDouble.start();
  other.instead = instead;
  const process = await contexts.process({ worker: false, env: other.settings('meanings-2') });
  try {
    await created(process, me, [{ n: 1, text: 'a car' }]);
    const begun = performance.now();
    const { method, semantic, hits } = await search(me, { text: 'car' }, process);
    expect([method, semantic.state, semantic.notEmbedded, hits.length]).toEqual(['FULL_TEXT', 'UNAVAILABLE', 1, 1]);
    expect(performance.now() - begun).toBeLessThan(6_000);
    // It is not asked again at once.
    expect((await search(me, { text: 'car' }, process)).semantic.state).toBe('UNAVAILABLE');
    expect(other.http.calls.length).toBe(1);
  } finally {
    await process.stop();
    await other.stop();
  }
});
