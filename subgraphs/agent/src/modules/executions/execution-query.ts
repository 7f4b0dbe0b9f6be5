import type { KeysetColumns, KeysetOrder } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { ExecutionStatus } from './execution-record.ts';

export type ExecutionOrder = KeysetOrder<'queuedAt' | 'completedAt'>;

/** Which executions a list shows; what is left out does not matter. */
export interface ExecutionFilter {
  readonly agentId?: string | null;
  readonly status?: readonly ExecutionStatus[] | null;
  readonly startedById?: string | null;
  readonly queuedAfter?: Date | null;
  readonly queuedBefore?: Date | null;
}

/** What a list shows. */
export interface ExecutionQuery {
  readonly filter: ExecutionFilter;
  /** Executions this user began, or of this user's agents; null for everybody's. */
  readonly visibleTo: string | null;
}

/** The condition on `agent_executions e`. */
export function conditionSql({ filter, visibleTo }: ExecutionQuery, parameters: SqlParameters): string {
  return new SqlConditions(parameters)
    .add((viewer) => `(e.started_by_id = ${viewer} or e.agent_owner_id = ${viewer})`, visibleTo)
    .add((id) => `e.agent_id = ${id}`, filter.agentId)
    .add((id) => `e.started_by_id = ${id}`, filter.startedById)
    .add((list) => `e.status = any(${list}::agent_execution_status[])`, filter.status)
    .add((time) => `e.queued_at > ${time}`, filter.queuedAfter)
    .add((time) => `e.queued_at < ${time}`, filter.queuedBefore)
    .toString();
}

export function columnsOf({ field }: ExecutionOrder): KeysetColumns {
  return { value: field === 'queuedAt' ? 'e.queued_at' : 'e.completed_at', id: 'e.id' };
}
