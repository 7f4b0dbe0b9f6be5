import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseStartError, errorCode } from './errors.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the script, as Prisma keeps it in `_prisma_migrations`. */
  readonly checksum: string;
}

export interface MigrationFolder {
  readonly path: string;
  readonly lockfile: string | null;
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
}

/** Reads `<folder>/<name>/migration.sql` of all migrations. */
export async function readMigrationFolder(folder: string): Promise<MigrationFolder> {
  const path = resolve(folder);
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw new DatabaseStartError(`The migrations folder ${path} cannot be read (${errorCode(error) ?? 'unknown'}).`);
  });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrations = await Promise.all(
    names.sort().map(async (name) => {
      // Line endings as committed, so that a checkout with CRLF has the same checksum.
      const sql = (await readFile(join(path, name, 'migration.sql'), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
  const lockfile = await readFile(join(path, 'migration_lock.toml'), 'utf8').catch(() => null);
  return { path, lockfile, migrations };
}
