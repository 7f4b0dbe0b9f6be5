import { SqlList } from '@flowmesh/platform/connections';
import type { Pool } from 'pg';
import { approvalsSql, type ApprovalQuery } from './approval-query.ts';
import type { ApprovalRecord, DecisionRecord } from './approval-record.ts';

const COLUMNS = `
  a.execution_id || ':' || a.step_id || ':' || a.generation as id, a.execution_id as "executionId",
  e.workflow_id as "workflowId", e.started_by_id as "startedById", a.step_id as "stepId", a.generation,
  a.asked->>'message' as message, a.status, (a.asked->>'quorum')::int as quorum, a.approver_ids as "approverIds",
  a.approver_role_ids as "approverRoleIds", a.deadline_at as "deadlineAt", a.escalated_at as "escalatedAt", a.remind_at as "remindAt",
  a.created_at as "createdAt", a.closed_at as "closedAt",
  coalesce((select jsonb_agg(jsonb_build_object('userId', d.user_id, 'verdict', d.verdict, 'comment', d.comment,
                                                'via', d.via, 'decidedAt', d.decided_at) order by d.decided_at, d.id)
            from workflow_approval_decisions d
            where d.execution_id = a.execution_id and d.step_id = a.step_id and d.generation = a.generation), '[]') as decisions`;
const FROM = 'workflow_approvals a join workflow_executions e on e.id = a.execution_id';

type Stored = Omit<ApprovalRecord, 'decisions'> & {
  readonly decisions: readonly (Omit<DecisionRecord, 'decidedAt'> & { readonly decidedAt: string })[];
};

/** JSON knows no times. */
const toRecord = ({ decisions, ...rest }: Stored): ApprovalRecord => ({
  ...rest,
  decisions: decisions.map((each) => ({ ...each, decidedAt: new Date(each.decidedAt) })),
});

/** Reads approvals; the engine writes them. */
export class ApprovalStore {
  readonly list: SqlList<ApprovalRecord, ApprovalQuery, 'createdAt' | 'deadlineAt', Stored>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: FROM,
      where: approvalsSql,
      orderColumns: { createdAt: 'a.created_at', deadlineAt: 'a.deadline_at' },
      idColumn: `(a.execution_id || ':' || a.step_id || ':' || a.generation)`,
      toRow: toRecord,
    });
  }

  /** The last of each of these steps. */
  async lastOf(steps: readonly { readonly executionId: string; readonly stepId: string }[]): Promise<ApprovalRecord[]> {
    const { rows } = await this.pool.query<Stored>({
      name: 'approvals-of-steps',
      text: `select distinct on (a.execution_id, a.step_id) ${COLUMNS}
             from unnest($1::text[], $2::text[]) s(execution_id, step_id)
             join workflow_approvals a on a.execution_id = s.execution_id and a.step_id = s.step_id
             join workflow_executions e on e.id = a.execution_id
             order by a.execution_id, a.step_id, a.generation desc`,
      values: [steps.map(({ executionId }) => executionId), steps.map(({ stepId }) => stepId)],
    });
    return rows.map(toRecord);
  }
}
