import type { Pool } from 'pg';

/** Removes at most `limit`: executions of workflows that ended so many days ago, with their steps and all that is a part of them; the counts of workflows stay. Those of which something is still to be undone are kept. Gives how many went. */
export async function removeOldExecutions(pool: Pool, retentionDays: number, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `with expired as (
       select id from workflow_executions
       where completed_at < now() - make_interval(days => $1) and status in ('COMPLETED', 'FAILED', 'CANCELLED')
         and parent_execution_id is null and compensation_status not in ('PENDING', 'RUNNING', 'STUCK')
       order by completed_at, id limit $2 for update skip locked
     )
     delete from workflow_executions e using expired where e.id = expired.id`,
    [retentionDays, limit],
  );
  return rowCount ?? 0;
}
