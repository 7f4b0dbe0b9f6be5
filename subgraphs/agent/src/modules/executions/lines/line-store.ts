import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool } from 'pg';
import { linesSaidEvents } from '../execution-events.ts';
import { EXECUTION_COLUMNS, toExecution, type ExecutionRow } from '../execution-rows.ts';
import type { Lease } from '../lease-store.ts';
import type { WrittenLine } from './line-log.ts';

/** Passes lines of agents on to the logs of the workflows for which they work. */
export class LineStore {
  constructor(private readonly pool: Pool) {}

  /** Nothing once the lease is lost: the attempt is then not the one that counts. */
  async append({ id, token }: Lease, lines: readonly WrittenLine[]): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ExecutionRow>(
        `select ${EXECUTION_COLUMNS} from agent_executions e
         where e.id = $1 and e.lease_token = $2 and e.status = 'RUNNING' for key share`,
        [id, token],
      );
      if (rows[0]) await appendEvents(tx, linesSaidEvents(toExecution(rows[0]), lines));
    });
  }
}
