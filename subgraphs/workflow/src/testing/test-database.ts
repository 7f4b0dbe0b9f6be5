import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { createPool, migrateDomain } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { createTestDatabases, type TestDatabases } from '@flowmesh/platform/testing';

export const silent = createLogger({ level: 'silent', name: 'test' });

const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/workflow/migrations', import.meta.url));

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Another database beside it, empty. */
  create(): Promise<string>;
  stop(): Promise<void>;
}

/** A database of its own with the workflow tables. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const all: TestDatabases<'database'>[] = [];
  const create = async () => {
    const one = await createTestDatabases('database');
    all.push(one);
    return one.urls.database;
  };
  const url = await create();
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 10, applicationName: 'test', pipeline: true });
  return {
    url,
    pool,
    create,
    async stop() {
      await pool.end();
      for (const databases of all) await databases.drop();
    },
  };
}
