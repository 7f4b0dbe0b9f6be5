import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import {
  createDatabases,
  createPool,
  migrateDomain,
  startEmbeddedPostgres,
  withDatabase,
} from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';

export const silent = createLogger({ level: 'silent', name: 'test' });

const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/workflow/migrations', import.meta.url));

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Another database beside it, empty. */
  create(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** A PostgreSQL of its own with the workflow tables. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const root = await mkdtemp(join(tmpdir(), 'flowmesh-workflow-'));
  const server = await startEmbeddedPostgres({ dataDir: join(root, 'data'), logger: silent });
  const create = async (name: string) => {
    await createDatabases(server.url, [name]);
    return withDatabase(server.url, name);
  };
  const url = await create('workflow');
  await migrateDomain(url, MIGRATIONS);
  const pool = createPool(url, { max: 10, applicationName: 'test', pipeline: true });
  return {
    url,
    pool,
    create,
    async stop() {
      await pool.end();
      await server.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
