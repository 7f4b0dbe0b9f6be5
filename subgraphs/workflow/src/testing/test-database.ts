import { createPool } from '@flowmesh/platform/database';
import { createDomainDatabase } from '@flowmesh/platform/subgraph-testing';

export type TestDatabase = Awaited<ReturnType<typeof startTestDatabase>>;

/** The workflow tables by themselves, over connections that send statements one after the other without waiting. */
export async function startTestDatabase() {
  const database = await createDomainDatabase('workflow');
  const url = database.urls.workflow;
  const pool = createPool(url, { max: 10, applicationName: 'test', pipeline: true });
  return {
    url,
    pool,
    async stop() {
      await pool.end();
      await database.drop();
    },
  };
}
