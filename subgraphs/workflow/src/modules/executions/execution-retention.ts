import { removeInBatches } from '@flowmesh/platform/database';
import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import type { Pool } from 'pg';

const HOURLY_MS = 3_600_000;

export interface RetentionParts {
  readonly pool: Pool;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  readonly retentionDays: number;
}

/** Removes executions that ended so many days ago, with their steps; the counts of workflows stay. */
export function startRetention({ pool, queues, logger, retentionDays }: RetentionParts): QueueWorker {
  const stopping = new AbortController();
  const remove = async (limit: number) => {
    const { rowCount } = await pool.query(
      `delete from workflow_executions e
       using (
         select id from workflow_executions
         where completed_at < now() - make_interval(days => $1) and status in ('COMPLETED', 'FAILED', 'CANCELLED')
         order by completed_at, id limit $2 for update skip locked
       ) expired
       where e.id = expired.id`,
      [retentionDays, limit],
    );
    return rowCount ?? 0;
  };
  const worker = queues.repeat('workflow-executions-retention', HOURLY_MS, async () => {
    const removed = await removeInBatches({ remove, signal: stopping.signal });
    if (removed > 0) logger.info({ removed, retentionDays }, 'old executions of workflows removed');
  });
  return {
    stop: (deadlineMs) => {
      stopping.abort();
      return worker.stop(deadlineMs);
    },
  };
}
