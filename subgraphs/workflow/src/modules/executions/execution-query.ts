import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { CompensationStatus } from './engine/compensations/compensation-status.ts';
import type { ExecutionStatus } from './execution-record.ts';

/** Which executions a list shows; what is left out does not matter. */
export interface ExecutionFilter {
  readonly workflowId?: string | null;
  readonly status?: readonly ExecutionStatus[] | null;
  readonly compensationStatus?: readonly CompensationStatus[] | null;
  readonly startedById?: string | null;
  readonly createdAfter?: Date | null;
  readonly createdBefore?: Date | null;
  readonly parentId?: string | null;
}

export interface ExecutionQuery {
  readonly filter: ExecutionFilter;
  /** Executions this user began, or of this user's workflows; null for everybody's. */
  readonly visibleTo: string | null;
  /** Those of this step, in this generation of it. */
  readonly of?: { readonly executionId: string; readonly id: string; readonly generation: number };
}

/** The condition on `workflow_executions e`. */
export function conditionSql({ filter, visibleTo, of }: ExecutionQuery, parameters: SqlParameters): string {
  const parentId = of?.executionId ?? filter.parentId ?? null;
  const conditions = new SqlConditions(parameters)
    .add((viewer) => `(e.started_by_id = ${viewer} or e.owner_id = ${viewer})`, visibleTo)
    .add((id) => `e.workflow_id = ${id}`, filter.workflowId)
    .add((id) => `e.started_by_id = ${id}`, filter.startedById)
    .add((list) => `e.status = any(${list}::workflow_execution_status[])`, filter.status)
    .add((list) => `e.compensation_status = any(${list}::text[])`, filter.compensationStatus)
    .add((time) => `e.created_at > ${time}`, filter.createdAfter)
    .add((time) => `e.created_at < ${time}`, filter.createdBefore)
    .add((id) => `e.parent_execution_id = ${id}`, parentId)
    .add((id) => `e.parent_step_id = ${id}`, of?.id)
    .add((generation) => `e.parent_generation = ${generation}`, of?.generation)
    .toString();
  if (parentId === null) return `${conditions} and e.parent_execution_id is null`;
  // What undoes a step is no part of its work.
  return of ? `${conditions} and e.item_index >= 0` : conditions;
}

const ORDERS = {
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    COMPLETED_AT: { field: 'completedAt', type: 'date', nullable: true },
  },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
} as const;

export const EXECUTIONS = listOf({ name: 'workflowExecutions', ...ORDERS });
export const EXECUTIONS_OF_WORKFLOW = listOf({ name: 'Workflow.executions', ...ORDERS });

export const EXECUTIONS_OF_STEP = listOf({
  name: 'WorkflowStepExecution.children',
  orders: { ITEM: { field: 'itemIndex', type: 'integer', nullable: true } },
  orderBy: { field: 'ITEM', direction: 'ASC' },
});

export type ExecutionListArguments = ListArguments<'CREATED_AT' | 'COMPLETED_AT', ExecutionFilter>;
