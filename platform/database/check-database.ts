import type { Pool } from 'pg';
import { inTransaction } from './transaction.ts';

/** Kilobytes that are written to the disk, and forgotten at once. */
const PROBE_KB = 1_024;

/**
 * Resolves when the database answers and takes writes. Rejects when it does not, also while it only reads: a full disk
 * and a server that stands by answer every query. Leaves nothing behind: what is written are a temporary file, which a
 * full disk refuses, and a note in the server's log of writes, which has to be on disk before the commit returns.
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
