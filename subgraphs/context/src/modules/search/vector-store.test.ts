import type { Pool } from 'pg';
import { prepareContexts, userOf, type ContextUnderTest } from '../../testing/context-under-test.ts';
import { startPgvector, type PgvectorUnderTest } from '../../testing/pgvector.ts';
import { EmbeddingStore, realsOf } from '../embeddings/embedding-store.ts';
import type { SearchQuery } from './candidates.ts';
import { VectorStore } from './vector-store.ts';

const [LAYERS, CHUNKS, DIMENSIONS] = [400, 3, 24];
const EVERYTHING: SearchQuery = {
  text: null,
  path: null,
  equals: null,
  contextId: null,
  type: null,
  tags: null,
  layerType: null,
  statuses: ['ACTIVE'],
};

const all = { among: EVERYTHING, excluded: null };

let contexts: ContextUnderTest;
let pgvector: PgvectorUnderTest;

/** The same numbers each time (mulberry32), from -1 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function vectorFrom(next: () => number): number[] {
  const vector = Array.from({ length: DIMENSIONS }, next);
  const size = Math.hypot(...vector);
  return vector.map((number) => number / size);
}

/** Two people with contexts of two types; the second has shared every other one with the first. */
async function fill(pool: Pool): Promise<void> {
  await pool.query(
    `insert into contexts (id, owner_id, name, type)
     select 'c' || n, case when n % 2 = 0 then 'me' else 'you' end, 'c' || n, case when n % 3 = 0 then 'a' else 'b' end
     from generate_series(1, 40) n`,
  );
  await pool.query(
    `insert into context_shares (context_id, kind, grantee_id, access)
     select 'c' || n, 'USER', 'me', 'READ' from generate_series(1, 40, 4) n`,
  );
  await pool.query(
    `insert into context_layers (id, context_id, version, layer_type, place, size_bytes, search_text, search, updated_at)
     select 'l' || lpad(n::text, 4, '0'), 'c' || n % 40 + 1, 1, 'free', n, 2, 'text ' || n, to_tsvector('simple', 'text ' || n),
       timestamptz '2026-01-01' + n * interval '1 second' from generate_series(1, $1::int) n`,
    [LAYERS],
  );
  const next = numbers(7);
  const vectors = Array.from({ length: LAYERS * CHUNKS }, () => realsOf(vectorFrom(next)));
  await pool.query(
    `insert into context_layer_chunks (layer_id, place, starts_at, embedding)
     select 'l' || lpad(((n - 1) / ${CHUNKS} + 1)::text, 4, '0'), (n - 1) % ${CHUNKS}, (n - 1) % ${CHUNKS} * 100, v::real[]
     from unnest($1::text[]) with ordinality u(v, n)`,
    [vectors],
  );
  await pool.query(`update context_embeddings set model = 'm', dimensions = $1`, [DIMENSIONS]);
}

beforeAll(async () => {
  [contexts, pgvector] = await Promise.all([prepareContexts(), startPgvector()]);
  await Promise.all([fill(contexts.pool), fill(pgvector.pool)]);
}, 120_000);
afterAll(async () => {
  await contexts.stop();
  await pgvector.stop();
}, 30_000);

test('the extension is made where the server has it, and done without where not', async () => {
  const [here, there] = [contexts.pool, pgvector.pool].map((pool) => new EmbeddingStore(pool));
  const { rows } = await contexts.pool.query(`select 1 from pg_available_extensions where name = 'vector'`);
  expect(await here!.preparePgvector()).toBe(rows.length > 0);
  expect([await there!.preparePgvector(), await there!.preparePgvector()]).toEqual([true, true]);
});

const me = userOf('me');
const auditor = userOf('auditor', ['context:read', 'context:read-any']);

test.each([
  ['everything one may see', me, {}],
  ['one type', me, { type: 'a' }],
  ['everything, for who may read everything', auditor, {}],
  ['a context one may not see', me, { contextId: 'c3' }],
  ['one context', me, { contextId: 'c5' }],
])('pgvector and plain SQL find the same: %s', async (_what, viewer, filter) => {
  await new EmbeddingStore(pgvector.pool).preparePgvector();
  const next = numbers(11);
  for (let question = 0; question < 10; question += 1) {
    const asked = { model: 'm', vector: vectorFrom(next), among: { ...EVERYTHING, ...filter } };
    for (const [most, excluded] of [
      [10_000, null],
      [100, null],
      [10_000, '"5" or "7"'],
    ] as const) {
      const limits = { pgvector: most, plain: most };
      const [plain, byPgvector] = await Promise.all([
        new VectorStore(contexts.pool, () => false, limits).closest(viewer, { ...asked, excluded }, 50),
        new VectorStore(pgvector.pool, () => true, limits).closest(viewer, { ...asked, excluded }, 50),
      ]);
      // pgvector adds with single precision.
      const layers = plain.layers.map((layer) => ({ ...layer, similarity: expect.closeTo(layer.similarity, 5) }));
      expect(byPgvector).toEqual({ ...plain, layers });
    }
  }
});

test('the closest are found, each layer once, as a comparison of all says', async () => {
  const { rows } = await contexts.pool.query<{ layerId: string; embedding: number[] }>(
    'select layer_id as "layerId", embedding from context_layer_chunks',
  );
  const vector = vectorFrom(numbers(13));
  const best = new Map<string, number>();
  for (const { layerId, embedding } of rows) {
    const cosine = embedding.reduce((sum, number, at) => sum + number * vector[at]!, 0);
    best.set(layerId, Math.max(cosine, best.get(layerId) ?? -1));
  }
  const expected = [...best].sort(([, one], [, other]) => other - one).slice(0, 20);
  const store = new VectorStore(contexts.pool, () => false);
  const { layers, allCompared } = await store.closest(auditor, { model: 'm', vector, ...all }, 20);
  expect(layers.map(({ layerId }) => layerId)).toEqual(expected.map(([layerId]) => layerId));
  expect(allCompared).toBe(true);
});

test('more chunks than are compared are said to be more; those of the latest layers are compared', async () => {
  const store = new VectorStore(contexts.pool, () => false, { pgvector: 6, plain: 6 });
  const vector = vectorFrom(numbers(17));
  const { layers, allCompared } = await store.closest(auditor, { model: 'm', vector, ...all }, 20);
  expect(layers.map(({ layerId }) => layerId).sort()).toEqual(['l0399', 'l0400']);
  expect(allCompared).toBe(false);
});

test.each([
  ['another model', { model: 'other', dimensions: DIMENSIONS }],
  ['the same with other dimensions', { model: 'm', dimensions: 5 }],
])('vectors of %s are never compared', async (_what, { model, dimensions }) => {
  const vector = vectorFrom(numbers(19)).slice(0, dimensions);
  for (const [pool, by] of [
    [contexts.pool, false],
    [pgvector.pool, true],
  ] as const) {
    const store = new VectorStore(pool, () => by);
    expect(await store.closest(auditor, { model, vector, ...all }, 20)).toEqual({ layers: [], allCompared: true });
  }
});
