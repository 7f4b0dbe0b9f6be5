import pg from 'pg';
import type { GuardedSession } from './guarded-session.ts';
import type { PostgresqlConfiguration } from './postgresql-configuration.ts';

export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

export interface Rows {
  readonly rows: unknown[];
  /** There were more. */
  readonly truncated: boolean;
}

/** What a session may have been left with by a statement of a user, such as locks; for the next one. */
const FORGET = 'discard all';
const CURSOR = 'flowmesh_rows';

/** As JSON holds it: what `pg` makes of some types is more than that. */
const toJson = (rows: unknown[]): unknown[] => JSON.parse(JSON.stringify(rows)) as unknown[];

/**
 * Reads the first rows of a SELECT. The transaction can change nothing, and a cursor takes one SELECT and nothing else: no
 * second statement behind it, no end of the transaction.
 */
export async function readRows(
  { client }: GuardedSession,
  { sql, parameters = [] }: Statement,
  { maxRows }: PostgresqlConfiguration,
): Promise<Rows> {
  await client.query('begin read only');
  try {
    const text = `declare ${CURSOR} no scroll cursor for ${sql}`;
    await client.query({ text, values: [...parameters], queryMode: 'extended' } as pg.QueryConfig);
    const { rows } = await client.query(`fetch ${maxRows + 1} from ${CURSOR}`);
    return { rows: toJson(rows.slice(0, maxRows)), truncated: rows.length > maxRows };
  } finally {
    await client.query('rollback');
    await client.query(FORGET);
  }
}

/** Does one statement in a transaction of its own; the extended protocol takes no second one. */
export async function executeStatement(
  { client }: GuardedSession,
  { sql, parameters = [] }: Statement,
  { maxRows }: PostgresqlConfiguration,
): Promise<Rows & { readonly rowCount: number | null }> {
  await client.query('begin');
  try {
    const rows: unknown[] = [];
    let seen = 0;
    const rowCount = await new Promise<number | null>((resolve, reject) => {
      const config = { text: sql, values: [...parameters], queryMode: 'extended' } as pg.QueryConfig;
      const query = client.query(new pg.Query(config));
      query.on('row', (row: unknown) => {
        seen += 1;
        if (seen <= maxRows) rows.push(row);
      });
      query.on('end', (result) => resolve(result.rowCount));
      query.on('error', reject);
    });
    await client.query('commit');
    return { rowCount, rows: toJson(rows), truncated: seen > maxRows };
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    await client.query(FORGET);
  }
}
