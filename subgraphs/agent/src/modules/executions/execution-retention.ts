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

/** Removes executions that ended so many days ago; what agents have done in all stays with the agents. */
export function startRetention({ pool, queues, logger, retentionDays }: RetentionParts): QueueWorker {
  const stopping = new AbortController();
  const remove = async (limit: number) => {
    const { rowCount } = await pool.query(
      `delete from agent_executions e
       using (
         select id from agent_executions
         where completed_at < now() - make_interval(days => $1) and status in ('COMPLETED', 'FAILED', 'STOPPED')
         order by completed_at, id limit $2 for update skip locked
       ) expired
       where e.id = expired.id`,
      [retentionDays, limit],
    );
    return rowCount ?? 0;
  };
  const worker = queues.repeat('agent-executions-retention', HOURLY_MS, async () => {
    const removed = await removeInBatches({ remove, signal: stopping.signal });
    if (removed > 0) logger.info({ removed, retentionDays }, 'old executions of agents removed');
  });
  return {
    stop: (deadlineMs) => {
      stopping.abort();
      return worker.stop(deadlineMs);
    },
  };
}
