import { listOf, SqlList } from '@flowmesh/platform/connections';
import type { Pool } from 'pg';
import {
  approvalIdOf,
  type ClaimedAsking,
  type NewNotice,
  type NoticeRecord,
  type NoticeStatus,
} from './asking-record.ts';

export const NOTIFICATIONS_OF_APPROVAL = listOf({
  name: 'WorkflowApproval.notifications',
  orders: { CREATED_AT: { field: 'createdAt', type: 'date' } },
  orderBy: { field: 'CREATED_AT', direction: 'ASC' },
});

const COLUMNS = `n.id, n.approval_id as "approvalId", n.occasion, n.channel, n.approver_id as "approverId", n.status,
  n.problem, n.notification_id as "notificationId", n.created_at as "createdAt", n.updated_at as "updatedAt"`;

/** Longer than a worker needs for what it sends in one try. */
const CLAIM = `
  with due as (
    select execution_id, step_id, generation, occasion from workflow_approval_askings
    where done_at is null and next_try_at <= clock_timestamp()
    order by next_try_at limit $1 for update skip locked)
  update workflow_approval_askings q
  set tries = q.tries + 1, next_try_at = clock_timestamp() + interval '2 minutes'
  from due d
  join workflow_approvals a using (execution_id, step_id, generation)
  join workflow_executions e on e.id = a.execution_id
  join workflows w on w.id = e.workflow_id
  where q.execution_id = d.execution_id and q.step_id = d.step_id and q.generation = d.generation
    and q.occasion = d.occasion
  returning q.execution_id as "executionId", q.step_id as "stepId", q.generation, q.occasion, q.tries,
    extract(epoch from clock_timestamp() - q.created_at)::float * 1000 as "ageMs", a.asked, a.status,
    a.deadline_at <= clock_timestamp() as "isLate", a.escalated_at is not null as "isEscalated",
    a.deadline_at as "deadlineAt", e.workflow_id as "workflowId", w.name as "workflowName",
    e.started_by_id as "startedById",
    array(select v.user_id from workflow_approval_decisions v
          where v.execution_id = a.execution_id and v.step_id = a.step_id and v.generation = a.generation) as "decidedIds"`;

/** Whom approvals were, or are to be, told to. */
export class AskingStore {
  readonly list: SqlList<NoticeRecord, null, 'createdAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'workflow_approval_notices n',
      where: () => 'true',
      orderColumns: { createdAt: 'n.created_at' },
      idColumn: 'n.id',
      parent: { column: 'n.approval_id', field: 'approvalId' },
    });
  }

  /** Those whose time has come; another worker takes them up if nothing is noted of them for two minutes. */
  async claim(most: number): Promise<ClaimedAsking[]> {
    return (await this.pool.query<ClaimedAsking>(CLAIM, [most])).rows;
  }

  /** Those that are not known to have ended otherwise, and whether there are any at all. */
  async openNotices(asking: ClaimedAsking, most: number): Promise<{ planned: boolean; open: NoticeRecord[] }> {
    const key = keyOf(asking);
    const { rows: some } = await this.pool.query(
      `select from workflow_approval_notices
       where execution_id = $1 and step_id = $2 and generation = $3 and occasion = $4 limit 1`,
      key,
    );
    const { rows: open } = await this.pool.query<NoticeRecord>(
      `select ${COLUMNS} from workflow_approval_notices n
       where n.execution_id = $1 and n.step_id = $2 and n.generation = $3 and n.occasion = $4
         and n.status in ('WAITING', 'ACCEPTED')
       order by n.status desc, n.updated_at, n.id limit $5`,
      [...key, most],
    );
    return { planned: some.length > 0, open };
  }

  /** Once each; beyond so many a day of one starter they are refused. */
  async plan(asking: ClaimedAsking, notices: readonly NewNotice[], perDay: number): Promise<void> {
    await this.pool.query(
      `insert into workflow_approval_notices (id, approval_id, execution_id, step_id, generation, occasion, channel,
                                              approver_id, started_by_id, status, problem)
       select c.id, $2, $3, $4, $5, $6, c.channel, c."approverId", $7,
              case when c.problem is not null or c.place > day.rest then 'REFUSED' else 'WAITING' end,
              coalesce(c.problem, case when c.place > day.rest then $9 end)
       from rows from (jsonb_to_recordset($1::jsonb) as (id text, channel text, "approverId" text, problem text))
              with ordinality as c(id, channel, "approverId", problem, place),
            (select $8::int - count(*) as rest from workflow_approval_notices
             where started_by_id = $7 and created_at > clock_timestamp() - interval '1 day') day
       on conflict (id) do nothing`,
      [
        JSON.stringify(notices),
        approvalIdOf(asking),
        ...keyOf(asking),
        asking.startedById,
        perDay,
        `Executions that one user has started send at most ${perDay.toLocaleString('en')} messages about approvals a day.`,
      ],
    );
  }

  /** What became of a notice; false when it had ended before, as nobody need be told any more. */
  async note(
    id: string,
    status: NoticeStatus,
    more: { readonly problem?: string | null; readonly notificationId?: string } = {},
  ): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update workflow_approval_notices
       set status = $2, problem = $3, notification_id = coalesce($4, notification_id), updated_at = clock_timestamp()
       where id = $1 and status in ('WAITING', 'ACCEPTED')`,
      [id, status, more.problem ?? null, more.notificationId ?? null],
    );
    return rowCount === 1;
  }

  /** Nobody need be told any more. */
  async giveUp(asking: ClaimedAsking, problem: string): Promise<void> {
    await this.pool.query(
      `update workflow_approval_notices set status = 'CANCELLED', problem = $5, updated_at = clock_timestamp()
       where execution_id = $1 and step_id = $2 and generation = $3 and occasion = $4 and status = 'WAITING'`,
      [...keyOf(asking), problem],
    );
  }

  /** When to go on; null for never. Nothing changes when another worker has taken it up since. */
  async settle(asking: ClaimedAsking, nextInMs: number | null): Promise<void> {
    await this.pool.query(
      `update workflow_approval_askings
       set done_at = case when $6::float is null then clock_timestamp() end,
           next_try_at = clock_timestamp() + coalesce($6::float, 0) * interval '1 millisecond'
       where execution_id = $1 and step_id = $2 and generation = $3 and occasion = $4 and tries = $5`,
      [...keyOf(asking), asking.tries, nextInMs],
    );
  }
}

const keyOf = ({ executionId, stepId, generation, occasion }: ClaimedAsking): unknown[] => [
  executionId,
  stepId,
  generation,
  occasion,
];
