import type { Pool } from 'pg';
import type { Logger } from '../logging/index.ts';
import type { SecretBox } from './secret-box.ts';
import { SecretError } from './secret-error.ts';

/** A column of sealed values. The names are those of the database, and never come from outside. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The column that names the row. */
  readonly id: string;
  /** With which context the value of a row is sealed. */
  readonly context: (id: string) => string;
}

export interface ResealReport {
  readonly resealed: number;
  /** Values that no key opens. */
  readonly unreadable: number;
}

const BATCH = 200;
/** So many of them are named in the log. */
const NAMED = 10;

/**
 * Re-encrypts all values that are not sealed with the current key, so that earlier keys can be removed. Values changed
 * meanwhile are skipped. Idempotent, and safe to run in several processes at the same time.
 */
export async function reseal(
  pool: Pool,
  box: SecretBox,
  columns: readonly SealedColumn[],
  logger: Logger,
): Promise<ResealReport> {
  const report = { resealed: 0, unreadable: 0 };
  for (const column of columns) {
    const { resealed, unreadable } = await resealColumn(pool, box, column);
    report.resealed += resealed;
    report.unreadable += unreadable.length;
    const { table } = column;
    if (resealed > 0) logger.info({ table, resealed }, 'secrets are sealed with the present key now');
    if (unreadable.length > 0) {
      logger.error(
        { table, unreadable: unreadable.length, ids: unreadable.slice(0, NAMED) },
        'no key opens these secrets',
      );
    }
  }
  return report;
}

async function resealColumn(pool: Pool, box: SecretBox, { table, column, id, context }: SealedColumn) {
  const unreadable: string[] = [];
  let resealed = 0;
  let after = '';
  for (;;) {
    const { rows } = await pool.query<{ id: string; sealed: string }>(
      `select ${id} as id, ${column} as sealed from ${table}
       where ${column} is not null and not starts_with(${column}, $1) and ${id} > $2 order by ${id} limit ${BATCH}`,
      [box.currentPrefix, after],
    );
    for (const row of rows) {
      const again = sealedAgain(box, row.sealed, context(row.id));
      if (again === null) {
        unreadable.push(row.id);
        continue;
      }
      const { rowCount } = await pool.query(`update ${table} set ${column} = $3 where ${id} = $1 and ${column} = $2`, [
        row.id,
        row.sealed,
        again,
      ]);
      resealed += rowCount ?? 0;
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return { resealed, unreadable };
    after = last.id;
  }
}

/** Null when no key opens it. */
function sealedAgain(box: SecretBox, sealed: string, context: string): string | null {
  try {
    return box.seal(box.open(sealed, context), context);
  } catch (error) {
    if (error instanceof SecretError) return null;
    throw error;
  }
}
