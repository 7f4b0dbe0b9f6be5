import { Pool } from 'pg';
import { prepareContexts, userOf, type ContextUnderTest } from '../../testing/context-under-test.ts';
import { created } from '../../testing/operations.ts';
import { EmbeddingStore } from './embedding-store.ts';

let contexts: ContextUnderTest;
beforeAll(async () => {
  contexts = await prepareContexts();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

/** PostgreSQL takes a nested loop by itself while it expects hardly a row, as in a table without statistics. */
const NESTED_LOOPS = ['hashjoin', 'mergejoin', 'hashagg', 'sort', 'material', 'memoize'];

test('a claim has as many layers as it asks for, however PostgreSQL joins them', async () => {
  const quiet = await contexts.process({ worker: false });
  await created(
    quiet,
    userOf('author'),
    Array.from({ length: 40 }, (_, n) => ({ note: `n ${n}` })),
  );
  const pool = new Pool({
    connectionString: contexts.pool.options.connectionString,
    options: NESTED_LOOPS.map((each) => `-c enable_${each}=off`).join(' '),
  });
  try {
    await pool.query('update context_embeddings set due_at = now()');
    const store = new EmbeddingStore(pool);
    const claimed = [];
    for (const claim of ['one', 'two', 'three']) claimed.push((await store.claim(claim, 16)).length);
    expect(claimed).toEqual([16, 16, 8]);
  } finally {
    await pool.end();
  }
});
