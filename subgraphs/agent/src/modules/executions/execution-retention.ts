import type { Pool } from 'pg';

/** Removes at most `limit` executions that ended more than `retentionDays` ago. Returns how many were removed. */
export async function removeOldExecutions(pool: Pool, retentionDays: number, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `with expired as (
       select id from agent_executions
       where completed_at < now() - make_interval(days => $1) and status in ('COMPLETED', 'FAILED', 'STOPPED')
       order by completed_at, id limit $2 for update skip locked
     )
     delete from agent_executions e using expired where e.id = expired.id`,
    [retentionDays, limit],
  );
  return rowCount ?? 0;
}
