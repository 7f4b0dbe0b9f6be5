import { serviceViewer } from '@flowmesh/platform/access';
import { createDatabases, createPool, migrateDomain, withDatabase } from '@flowmesh/platform/database';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { LayerStore } from '../../subgraphs/context/src/modules/layers/layer-store.ts';
import { Resolution } from '../../subgraphs/context/src/modules/layers/resolution.ts';
import { SearchStore } from '../../subgraphs/context/src/modules/search/search-store.ts';
import { VectorStore } from '../../subgraphs/context/src/modules/search/vector-store.ts';
import { VersionStore } from '../../subgraphs/context/src/modules/versions/version-store.ts';
import { printTable, type Row } from './table.ts';

const MIGRATIONS = fileURLToPath(new URL('../../prisma/context/migrations', import.meta.url));
const SECONDS = 3;
const [LAYERS, LAYER_BYTES] = [50, 100_000];
const [CONTEXTS, SEARCHED, WORDS] = [2_000, 100_000, 5_000];
const [EMBEDDED, DIMENSIONS] = [2_000, 1_536];

const EVERYBODY = serviceViewer('context', ['context:*']);
const EVERYTHING = {
  path: null,
  equals: null,
  contextId: null,
  type: null,
  tags: null,
  layerType: null,
  statuses: ['ACTIVE', 'INACTIVE'],
};

/** What contexts cost: merging their layers beside parsing the same bytes, and searching them beside the bare SQL. */
export async function benchmarkContexts(server: string): Promise<void> {
  await createDatabases(server, ['bench_contexts']);
  const url = withDatabase(server, 'bench_contexts');
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 10, applicationName: 'bench', statementTimeoutMs: 600_000 });
  try {
    await resolving(pool);
    await searching(pool);
    await comparing(pool);
  } finally {
    await pool.end();
  }
}

async function resolving(pool: Pool): Promise<void> {
  await pool.query(`insert into contexts (id, owner_id, name, type) values ('r', 'o', 'r', 'x')`);
  const layers = new LayerStore(pool);
  const texts = Array.from({ length: LAYERS }, (_, at) => JSON.stringify(layerOf(at)));
  const client = await pool.connect();
  for (const [at, text] of texts.entries()) {
    const data = JSON.parse(text) as Record<string, unknown>;
    const values = { layerType: 'x', order: at, arrays: 'REPLACE', expiresAt: null, data } as const;
    await layers.put(client, `r${at}`, { contextId: 'r', version: 1, language: 'simple' }, values);
  }
  client.release();
  const resolution = new Resolution(layers, new VersionStore(pool));
  const context = { id: 'r', version: 1 } as Parameters<Resolution['resolve']>[0];
  const current = () => layers.current(['r']);
  const read = async () =>
    void (await pool.query(`select data::text from context_layer_versions where context_id = 'r'`));
  printTable(`A context of ${LAYERS} layers of ${LAYER_BYTES / 1_000} KB`, 'a second', [
    {
      name: 'peer: JSON.parse of the same bytes',
      ...(await run(async () => void texts.map((text) => JSON.parse(text) as unknown))),
    },
    { name: 'peer: reading them as text from PostgreSQL', ...(await run(read)) },
    { name: 'resolved', ...(await run(async () => void (await resolution.resolve(context, {}, current)))) },
  ]);
}

/** Objects of a few keys with texts, of which a tenth is in every layer. */
function layerOf(at: number): object {
  const entries = Array.from({ length: LAYER_BYTES / 100 }, (_, key) => [
    key % 10 === 0 ? `shared${key}` : `of${at}_${key}`,
    { text: 'x'.repeat(40), number: key, list: [1, 2, 3], done: true },
  ]);
  return Object.fromEntries(entries) as object;
}

async function searching(pool: Pool): Promise<void> {
  await pool.query(
    `insert into contexts (id, owner_id, name, type, language)
     select 's' || n, 'o', 's' || n, 'x', 'english' from generate_series(1, ${CONTEXTS}) n`,
  );
  // 40 words of 5,000 each; one that a thousandth of all layers has, and one that all have.
  await pool.query(
    `insert into context_layers (id, context_id, version, layer_type, place, size_bytes, search_text, search)
     select id, 's' || n % ${CONTEXTS} + 1, 1, 'x', n, 100, text, to_tsvector('english', text) from (
       select n, 's' || n as id, 'common ' || case when n % 1000 = 0 then 'rare ' else '' end ||
         (select string_agg('word' || (random() * ${WORDS})::int, ' ') from generate_series(1, 40) where n > 0) as text
       from generate_series(1, ${SEARCHED}) n) t`,
  );
  await pool.query('vacuum analyze');
  const store = new SearchStore(pool);
  for (const word of ['rare', 'common']) {
    const asked = { ...EVERYTHING, text: word };
    const ours = async () => {
      const found = await store.search(EVERYBODY, asked, 20);
      await store.excerpts(
        word,
        found.map(({ layerId }) => ({ layerId, startsAt: null })),
      );
    };
    const bare = async () =>
      void (await pool.query(
        `select id, ts_rank_cd(search, asked) as score from context_layers, websearch_to_tsquery('english', $1) asked
         where search @@ asked order by score desc limit 20`,
        [word],
      ));
    const title = `Search of ${SEARCHED.toLocaleString('en')} layers for a ${word} word`;
    printTable(title, 'a second', [
      { name: 'peer: the SQL alone, without rights and excerpts', ...(await run(bare)) },
      { name: 'searched by words, with rights and excerpts', ...(await run(ours)) },
    ]);
  }
}

async function comparing(pool: Pool): Promise<void> {
  await pool.query(
    `insert into context_layer_chunks (layer_id, place, starts_at, embedding)
     select 's' || n, 0, 0, (select array_agg(random() - 0.5) from generate_series(1, ${DIMENSIONS}) where n > 0)::real[]
     from generate_series(1, ${EMBEDDED}) n`,
  );
  await pool.query(`update context_embeddings set model = 'm', dimensions = ${DIMENSIONS}`);
  await pool.query('vacuum analyze context_embeddings, context_layer_chunks');
  const vector = Array.from({ length: DIMENSIONS }, () => Math.random() - 0.5);
  const question = { model: 'm', vector, among: { ...EVERYTHING, text: null }, excluded: null };
  const store = new VectorStore(pool, () => false);
  const bare = async () => void (await pool.query('select layer_id, embedding from context_layer_chunks limit 100'));
  printTable(
    `Comparison of ${EMBEDDED.toLocaleString('en')} chunks of ${DIMENSIONS} dimensions without pgvector`,
    'a second',
    [
      { name: 'peer: reading 100 of them', ...(await run(bare)) },
      { name: 'the closest 100', ...(await run(async () => void (await store.closest(EVERYBODY, question, 100)))) },
    ],
  );
}

async function run(work: () => Promise<void>): Promise<Pick<Row, 'value' | 'note'>> {
  await work();
  const times: number[] = [];
  const begun = performance.now();
  while (performance.now() - begun < SECONDS * 1_000) {
    const since = performance.now();
    await work();
    times.push(performance.now() - since);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  return {
    value: (times.length / (performance.now() - begun)) * 1_000,
    note: `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`,
  };
}
