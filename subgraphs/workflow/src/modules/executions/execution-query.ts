import type { KeysetColumns, KeysetOrder, PageArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { ExecutionStatus } from './execution-record.ts';

export type ExecutionOrder = KeysetOrder<'createdAt' | 'completedAt'>;

/** Which executions a list shows; what is left out does not matter. */
export interface ExecutionFilter {
  readonly workflowId?: string | null;
  readonly status?: readonly ExecutionStatus[] | null;
  readonly startedById?: string | null;
  readonly createdAfter?: Date | null;
  readonly createdBefore?: Date | null;
}

export interface ExecutionListArguments extends PageArguments {
  readonly filter?: ExecutionFilter | null;
  readonly orderBy?: {
    readonly field?: 'CREATED_AT' | 'COMPLETED_AT';
    readonly direction?: 'ASC' | 'DESC';
  } | null;
}

export interface ExecutionQuery {
  readonly filter: ExecutionFilter;
  /** Executions this user began, or of this user's workflows; null for everybody's. */
  readonly visibleTo: string | null;
}

export function orderOf(list: string, orderBy: ExecutionListArguments['orderBy']): ExecutionOrder {
  const direction = orderBy?.direction ?? 'DESC';
  return orderBy?.field === 'COMPLETED_AT'
    ? { list, field: 'completedAt', direction, type: 'date', nullable: true }
    : { list, field: 'createdAt', direction, type: 'date' };
}

/** The condition on `workflow_executions e`. */
export function conditionSql({ filter, visibleTo }: ExecutionQuery, parameters: SqlParameters): string {
  return new SqlConditions(parameters)
    .add((viewer) => `(e.started_by_id = ${viewer} or e.owner_id = ${viewer})`, visibleTo)
    .add((id) => `e.workflow_id = ${id}`, filter.workflowId)
    .add((id) => `e.started_by_id = ${id}`, filter.startedById)
    .add((list) => `e.status = any(${list}::workflow_execution_status[])`, filter.status)
    .add((time) => `e.created_at > ${time}`, filter.createdAfter)
    .add((time) => `e.created_at < ${time}`, filter.createdBefore)
    .toString();
}

export function columnsOf({ field }: ExecutionOrder): KeysetColumns {
  return { value: field === 'createdAt' ? 'e.created_at' : 'e.completed_at', id: 'e.id' };
}
