import { until } from '@flowmesh/platform/testing';
import { prepareContexts, userOf, type ContextUnderTest } from '../../testing/context-under-test.ts';
import { askedOf, EmbeddingDouble, vectorOf } from '../../testing/embedding-double.ts';
import { add, change, created, layersOf, removeLayer } from '../../testing/operations.ts';
import { EmbeddingStore } from './embedding-store.ts';

let contexts: ContextUnderTest;
let model: EmbeddingDouble;
const me = userOf('author');

beforeEach(async () => {
  [contexts, model] = await Promise.all([prepareContexts(), EmbeddingDouble.start()]);
}, 60_000);
afterEach(async () => {
  await contexts.stop();
  await model.stop();
}, 30_000);

interface Row {
  readonly version: number;
  readonly model: string | null;
  readonly attempts: number;
  readonly chunks: number;
}
const rowOf = async (layerId: string): Promise<Row | undefined> =>
  (
    await contexts.pool.query<Row>(
      `select version, model, attempts, (select count(*)::int from context_layer_chunks k where k.layer_id = e.layer_id) as chunks
       from context_embeddings e where layer_id = $1`,
      [layerId],
    )
  ).rows[0];
const embedded = (layerId: string, name: string, more: Partial<Row> = {}) =>
  until('it is embedded', async () => {
    const row = await rowOf(layerId);
    return row?.model === name && Object.entries(more).every(([key, value]) => row[key as keyof Row] === value);
  });
const waiting = async () =>
  (await contexts.pool.query('select 1 from context_embeddings where model is null')).rowCount ?? 0;

test('each layer is embedded in the background, and anew when it changes; the old embeddings go at once', async () => {
  const one = await contexts.process({ env: model.settings() });
  const id = await created(one, me, [{ note: 'a car' }, { count: 5 }]);
  const [car, numbers] = await layersOf(one, me, id);
  await Promise.all([
    embedded(car!.id, 'meanings-1', { chunks: 1 }),
    embedded(numbers!.id, 'meanings-1', { chunks: 1 }),
  ]);
  expect(model.textsOf('meanings-1').sort()).toEqual(['count', 'note\na car']);
  const { rows } = await contexts.pool.query<{ embedding: number[] }>(
    'select embedding from context_layer_chunks where layer_id = $1',
    [car!.id],
  );
  const size = Math.hypot(...vectorOf('car'));
  expect(rows[0]!.embedding).toEqual(vectorOf('car').map((number) => expect.closeTo(number / size, 6) as number));

  model.instead = () => true;
  const { layer } = await change(one, me, { id: car!.id, data: { note: 'a dog' } });
  expect(await rowOf(car!.id)).toEqual({
    version: layer!.version,
    model: null,
    attempts: expect.any(Number) as number,
    chunks: 0,
  });
  model.instead = null;
  // The call above is never answered; nothing but its deadline would end it.
  await model.stop();
});

test('a write during the call wins: the embedding of the old version is not kept', async () => {
  const quiet = await contexts.process({ worker: false });
  const id = await created(quiet, me, [{ note: 'a car' }]);
  const [layer] = await layersOf(quiet, me, id);
  await contexts.pool.query('update context_embeddings set due_at = now()');
  const store = new EmbeddingStore(contexts.pool);
  const [claimed] = await store.claim('mine', 10);
  expect(claimed).toEqual({ layerId: layer!.id, version: 1, text: 'note\na car' });
  expect(await store.claim('another', 10)).toEqual([]);
  const chunks = [{ startsAt: 0, vector: [1, 0] }];
  expect(await store.save('another', 'm', claimed!, chunks)).toBe(false);
  const changed = await change(quiet, me, { id: layer!.id, data: { note: 'a dog' } });
  expect(await store.save('mine', 'm', claimed!, chunks)).toBe(false);
  expect(await rowOf(layer!.id)).toMatchObject({ version: changed.layer!.version, model: null, chunks: 0 });
});

test('what a process leaves is taken over when its claim has run out, and its own result is refused then', async () => {
  const quiet = await contexts.process({ worker: false });
  await created(quiet, me, [{ note: 'a car' }]);
  await contexts.pool.query('update context_embeddings set due_at = now()');
  const store = new EmbeddingStore(contexts.pool);
  const [dead] = await store.claim('dead', 10);
  await contexts.pool.query(`update context_embeddings set due_at = due_at - interval '46 seconds'`);
  const [taken] = await store.claim('heir', 10);
  expect(taken).toEqual(dead);
  const chunks = [{ startsAt: 0, vector: [1, 0] }];
  expect(await store.save('dead', 'm', dead!, chunks)).toBe(false);
  expect(await store.save('heir', 'm', taken!, chunks)).toBe(true);
  expect(await store.save('heir', 'm', taken!, chunks)).toBe(false);
});

test('layers of before the model was configured are embedded, and all anew by another model', async () => {
  const before = await contexts.process({ worker: false });
  const id = await created(before, me, [{ note: 'a car' }, { note: 'a dog' }]);
  const layers = await layersOf(before, me, id);
  expect(await waiting()).toBe(2);
  const one = await contexts.process({ env: model.settings('meanings-1') });
  for (const layer of layers) await embedded(layer.id, 'meanings-1');
  await one.stop();
  await contexts.process({ env: { ...model.settings('meanings-2'), CONTEXT_EMBEDDING_DIMENSIONS: '3' } });
  for (const layer of layers) await embedded(layer.id, 'meanings-2 (3)');
  expect(model.http.calls.map(askedOf).at(-1)).toMatchObject({ model: 'meanings-2', dimensions: 3 });
  expect(model.textsOf('meanings-2').sort()).toEqual(['note\na car', 'note\na dog']);
});

test('while the model is down everything else goes on, and what waited is embedded afterwards', async () => {
  model.instead = ({ response }) => {
    response.writeHead(503).end();
    return true;
  };
  const one = await contexts.process({ env: model.settings() });
  const id = await created(one, me, [{ note: 'a car' }]);
  const [layer] = await layersOf(one, me, id);
  await until('the model is asked', () => model.http.calls.length >= 3);
  await add(one, me, { contextId: id, layerType: 'free', data: { note: 'meanwhile' } });
  expect(await rowOf(layer!.id)).toMatchObject({ model: null, chunks: 0 });
  model.instead = null;
  await embedded(layer!.id, 'meanings-1', { chunks: 1, attempts: 0 });
}, 30_000);

test('a layer that the model refuses is set aside, and holds no other up', async () => {
  const one = await contexts.process({ env: model.settings() });
  const id = await created(one, me, [{ note: 'a car' }, { note: 'unspeakable' }, { note: 'a dog' }]);
  const [car, refused, dog] = await layersOf(one, me, id);
  await Promise.all([embedded(car!.id, 'meanings-1'), embedded(dog!.id, 'meanings-1')]);
  const waitSeconds = await until('it is set aside', async () => {
    const { rows } = await contexts.pool.query<{ wait: number }>(
      `select extract(epoch from due_at - now())::float8 as wait from context_embeddings
       where layer_id = $1 and attempts = 1 and claim is null`,
      [refused!.id],
    );
    return rows[0]?.wait;
  });
  expect(waitSeconds).toBeGreaterThan(15);
  expect(waitSeconds).toBeLessThanOrEqual(30);
  await change(one, me, { id: refused!.id, data: { note: 'speakable' } });
  await embedded(refused!.id, 'meanings-1');
});

test('a long layer is embedded in chunks, many in one call; removing it removes them', async () => {
  const one = await contexts.process({ env: model.settings() });
  const id = await created(one, me, [{ text: 'The car is red. '.repeat(20_000) }]);
  const [layer] = await layersOf(one, me, id);
  await embedded(layer!.id, 'meanings-1', { chunks: 100 });
  expect(model.http.calls.map((call) => askedOf(call).input.length)).toEqual([64, 36]);
  await removeLayer(one, me, { id: layer!.id });
  expect(await rowOf(layer!.id)).toBeUndefined();
  expect((await contexts.pool.query('select 1 from context_layer_chunks')).rowCount).toBe(0);
});

test('erasing a person takes the embeddings of what named them, and of what was theirs', async () => {
  const subject = '01939b1e-5f4a-7298-9bbf-3f4a5b6c7d8e';
  const one = await contexts.process({ env: model.settings() });
  const id = await created(one, me, [{ owner: subject, note: 'a car' }, { note: 'a dog' }]);
  const own = await created(one, userOf(subject), [{ note: 'of mine' }]);
  const [naming, other] = await layersOf(one, me, id);
  const [theirs] = await layersOf(one, userOf(subject), own);
  for (const layer of [naming, other, theirs]) await embedded(layer!.id, 'meanings-1');
  await one.stop();
  const quiet = await contexts.process({ worker: false });
  const eraser = userOf('eraser', ['context:write-any']);
  const { __typename: outcome } = await quiet.mutate<{ __typename: string }>(
    eraser,
    'eraseSubject',
    { userId: subject, dryRun: false },
    '',
  );
  expect(outcome).toBe('EraseSubjectSuccess');
  expect(await rowOf(theirs!.id)).toBeUndefined();
  expect(await rowOf(naming!.id)).toMatchObject({ model: null, chunks: 0 });
  expect(await rowOf(other!.id)).toMatchObject({ model: 'meanings-1', chunks: 1 });
});
