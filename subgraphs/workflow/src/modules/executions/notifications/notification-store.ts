import { listOf, SqlList } from '@flowmesh/platform/connections';
import type { Pool } from 'pg';

/** A notification that a step has sent. */
export interface StepNotification {
  /** Of the notification. */
  readonly id: string;
  readonly executionId: string;
  readonly stepId: string;
  readonly sentAt: Date;
}

export const NOTIFICATIONS_OF_EXECUTION = listOf({
  name: 'WorkflowExecution.notifications',
  orders: { SENT_AT: { field: 'sentAt', type: 'date' } },
  orderBy: { field: 'SENT_AT', direction: 'ASC' },
});

const COLUMNS = `n.notification_id as id, n.execution_id as "executionId", n.step_id as "stepId", n.sent_at as "sentAt"`;

/** Which notifications steps have sent. */
export class StepNotificationStore {
  readonly list: SqlList<StepNotification, null, 'sentAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'workflow_step_notifications n',
      where: () => 'true',
      orderColumns: { sentAt: 'n.sent_at' },
      idColumn: 'n.notification_id',
      parent: { column: 'n.execution_id', field: 'executionId' },
    });
  }

  /** Notes it, once. An execution that is gone has nobody to show it to. */
  async add(executionId: string, stepId: string, notificationId: string): Promise<void> {
    await this.pool.query(
      `insert into workflow_step_notifications (execution_id, step_id, notification_id)
       select e.id, $2, $3 from workflow_executions e where e.id = $1
       on conflict (execution_id, notification_id) do nothing`,
      [executionId, stepId, notificationId],
    );
  }

  /** The last one of each of these steps. */
  async lastOf(
    keys: readonly { readonly executionId: string; readonly stepId: string }[],
  ): Promise<StepNotification[]> {
    const { rows } = await this.pool.query<StepNotification>(
      `select distinct on (n.execution_id, n.step_id) ${COLUMNS}
       from unnest($1::text[], $2::text[]) k(execution_id, step_id)
       join workflow_step_notifications n using (execution_id, step_id)
       order by n.execution_id, n.step_id, n.sent_at desc, n.notification_id desc`,
      [keys.map(({ executionId }) => executionId), keys.map(({ stepId }) => stepId)],
    );
    return rows;
  }
}
