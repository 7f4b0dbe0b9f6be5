import type { Pool } from 'pg';
import { describeConnection } from './database-urls.ts';
import { DatabaseStartError, describeError } from './errors.ts';
import { readMigrationFolder, type MigrationFolder } from './migration-folder.ts';
import { createPool } from './pool.ts';

/** Any fixed number: the advisory lock that processes take to migrate the same database. */
const MIGRATION_LOCK = 7_206_411_385;
/** Longest wait for another process's migrations, and longest single migration. */
const MIGRATION_TIMEOUT_MS = 300_000;

interface AppliedRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/**
 * Brings the database at `url` up to the Prisma migrations in `migrationsFolder` and returns the names of those it
 * applied. Any number of processes may do so at once: one works, the others wait and find it done. A migration that
 * was interrupted is applied again. Throws `DatabaseStartError` when one fails, was changed after it was applied, or
 * the database does not answer.
 */
export async function migrateDomain(url: string, migrationsFolder: string): Promise<readonly string[]> {
  const folder = await readMigrationFolder(migrationsFolder);
  // One connection, which holds the lock and also runs the scripts: if this process dies, the lock is free only when
  // the server has finished with the script. Never closed for idleness, as that would give the lock away.
  const pool = createPool(url, {
    max: 1,
    applicationName: 'flowmesh-migrate',
    statementTimeoutMs: MIGRATION_TIMEOUT_MS,
  });
  pool.options.idleTimeoutMillis = 0;
  try {
    if (await isUpToDate(pool, folder, url)) return [];
    await pool.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if (await isUpToDate(pool, folder, url)) return [];
    return await apply(pool, folder, url);
  } catch (error) {
    if (error instanceof DatabaseStartError) throw error;
    throw new DatabaseStartError(`The ${describeConnection(url)} cannot be migrated: ${describeError(error)}.`, {
      cause: error,
    });
  } finally {
    await pool.end();
  }
}

/** The engine takes a while to load, so a database with nothing to do is recognised without it. */
async function isUpToDate(pool: Pool, folder: MigrationFolder, url: string): Promise<boolean> {
  const applied = new Map((await readApplied(pool)).map((row) => [row.migration_name, row]));
  const changed = folder.migrations.find((migration) => {
    const row = applied.get(migration.name);
    return row?.finished === true && row.checksum !== migration.checksum;
  });
  if (changed) {
    throw new DatabaseStartError(
      `The ${describeConnection(url)} was migrated with another version of ${changed.name}: ` +
        'restore that migration and put the change into a new one.',
    );
  }
  return folder.migrations.every((migration) => applied.get(migration.name)?.finished === true);
}

async function readApplied(pool: Pool): Promise<readonly AppliedRow[]> {
  // Asked for rather than tried: the pool closes a connection whose query has failed, and the lock would go with it.
  const { rows: tables } = await pool.query<{ exists: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as exists`,
  );
  if (!tables[0]?.exists) return [];
  const { rows } = await pool.query<AppliedRow>(
    `select migration_name, checksum, finished_at is not null as finished
       from _prisma_migrations where rolled_back_at is null order by started_at`,
  );
  return rows;
}

async function apply(pool: Pool, folder: MigrationFolder, url: string): Promise<readonly string[]> {
  const { applyMigrations, forgetMigration } = await import('./schema-engine.ts');
  // This process holds the lock, so an unfinished migration was interrupted or has failed. PostgreSQL ran its script
  // as one transaction, so nothing of it is there and it can run again.
  for (const row of await readApplied(pool)) if (!row.finished) await forgetMigration(pool, row.migration_name);
  try {
    return await applyMigrations(pool, folder);
  } catch (error) {
    const failed = (await readApplied(pool)).find((row) => !row.finished);
    if (!failed) throw error;
    throw new DatabaseStartError(
      `The migration ${failed.migration_name} of the ${describeConnection(url)} failed: ${describeError(error)}.`,
      { cause: error },
    );
  }
}
