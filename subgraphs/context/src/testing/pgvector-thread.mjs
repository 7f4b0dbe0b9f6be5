// In a thread of its own: Jest cannot load what PGlite loads as it starts.
import { parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

const database = await PGlite.create({ extensions: { vector } });

parentPort.on('message', async ({ id, sql, values }) => {
  try {
    if (values === null) await database.exec(sql);
    const { rows } = values === null ? { rows: [] } : await database.query(sql, values);
    parentPort.postMessage({ id, rows });
  } catch (error) {
    parentPort.postMessage({ id, problem: error.message });
  }
});
