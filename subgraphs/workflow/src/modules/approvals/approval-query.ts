import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';

export interface ApprovalFilter {
  readonly workflowId?: string | null;
  readonly executionId?: string | null;
  readonly startedById?: string | null;
  readonly isEscalated?: boolean | null;
  readonly deadlineBefore?: Date | null;
}

export interface ApprovalQuery {
  readonly filter: ApprovalFilter;
  readonly userId: string;
  readonly roleIds: readonly string[];
}

/** Those that this person is asked for, and has not decided. */
export function approvalsSql({ filter, userId, roleIds }: ApprovalQuery, parameters: SqlParameters): string {
  const conditions = new SqlConditions(parameters)
    .add((id) => `e.workflow_id = ${id}`, filter.workflowId)
    .add((id) => `a.execution_id = ${id}`, filter.executionId)
    .add((id) => `e.started_by_id = ${id}`, filter.startedById)
    .add((is) => `(a.escalated_at is not null) = ${is}::boolean`, filter.isEscalated)
    .add((time) => `a.deadline_at < ${time}`, filter.deadlineBefore)
    .toString();
  const [user, roles] = [parameters.add(userId), parameters.add([...roleIds])];
  return `${conditions} and a.status = 'PENDING' and e.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
    and (a.approver_ids @> array[${user}::text] or a.approver_role_ids && ${roles}::text[])
    and not exists (select 1 from workflow_approval_decisions d where d.execution_id = a.execution_id
                    and d.step_id = a.step_id and d.generation = a.generation and d.user_id = ${user})`;
}

export const PENDING_APPROVALS = listOf({
  name: 'pendingApprovals',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    DEADLINE: { field: 'deadlineAt', type: 'date' },
  },
  orderBy: { field: 'CREATED_AT', direction: 'ASC' },
});

export type ApprovalListArguments = ListArguments<'CREATED_AT' | 'DEADLINE', ApprovalFilter>;
