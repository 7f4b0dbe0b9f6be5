import type { Pool } from 'pg';
import { inTransaction } from './transaction.ts';

/** Kilobytes that are written to the disk, and forgotten at once. */
const PROBE_KB = 1_024;

/**
 * Resolves when the database answers and accepts writes. Rejects otherwise, also when it can only read: with a full disk,
 * and on a standby server, all queries still succeed. Leaves no data behind: it writes a temporary file, which fails on a
 * full disk, and a record in the write-ahead log, which must reach the disk before the commit returns.
 */
export async function checkDatabase(pool: Pool): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`set local work_mem = '64kB'`);
    const { rows } = await client.query<{ readOnly: boolean }>(
      `with written as materialized (select repeat('x', 1000) from generate_series(1, $1::int))
       select current_setting('transaction_read_only')::boolean as "readOnly", count(*),
         pg_logical_emit_message(true, 'flowmesh', 'ready')
       from written`,
      [PROBE_KB],
    );
    if (rows[0]?.readOnly) throw new Error('the database takes no writes');
  });
}
