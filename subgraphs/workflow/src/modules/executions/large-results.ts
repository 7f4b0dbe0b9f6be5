import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import type { Pool } from 'pg';

/** A result that was not read with its row: of a step, or of the execution when there is none. */
export interface LargeResultKey {
  readonly executionId: string;
  readonly stepId: string | null;
  readonly bytes: number;
}

export const largeResultKey = ({ executionId, stepId }: LargeResultKey): string =>
  JSON.stringify([executionId, stepId]);

/** Of results that are read at once, as JSON: no larger answer can be sent. */
const MAX_BYTES = 16_777_216;

/** Results that are stored aside, for those who ask for them. */
export class LargeResults {
  constructor(private readonly pool: Pool) {}

  /** In the order of the keys; null where there is no result any more, as the execution was retried. */
  async read(keys: readonly LargeResultKey[]): Promise<unknown[]> {
    const bytes = keys.reduce((sum, key) => sum + key.bytes, 0);
    if (bytes > MAX_BYTES) {
      const message = `The results that you ask for have ${bytes} bytes, and at most ${MAX_BYTES} can be sent in one answer; ask for fewer of them.`;
      throw new PublicError(message, ErrorCode.tooLarge);
    }
    const { rows } = await this.pool.query<{ result: unknown }>({
      name: 'large-results',
      text: `select case when k.step_id is null
               then (select e.result from workflow_executions e where e.id = k.execution_id and e.status = 'COMPLETED')
               else (select s.result from workflow_step_executions s
                     where s.execution_id = k.execution_id and s.step_id = k.step_id and s.status = 'COMPLETED')
             end as result
             from unnest($1::text[], $2::text[]) with ordinality k(execution_id, step_id, place) order by k.place`,
      values: [keys.map(({ executionId }) => executionId), keys.map(({ stepId }) => stepId)],
    });
    return rows.map(({ result }) => result);
  }
}
