import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { ExecutionStatus } from './execution-record.ts';

/** Which executions a list shows; what is left out does not matter. */
export interface ExecutionFilter {
  readonly agentId?: string | null;
  readonly status?: readonly ExecutionStatus[] | null;
  readonly startedById?: string | null;
  readonly conversationId?: string | null;
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
    .add((id) => `e.conversation_id = ${id}`, filter.conversationId)
    .add((list) => `e.status = any(${list}::agent_execution_status[])`, filter.status)
    .add((time) => `e.queued_at > ${time}`, filter.queuedAfter)
    .add((time) => `e.queued_at < ${time}`, filter.queuedBefore)
    .toString();
}

const ORDERS = {
  orders: {
    QUEUED_AT: { field: 'queuedAt', type: 'date' },
    COMPLETED_AT: { field: 'completedAt', type: 'date', nullable: true },
  },
  orderBy: { field: 'QUEUED_AT', direction: 'DESC' },
} as const;

export const EXECUTIONS = listOf({ name: 'agentExecutions', ...ORDERS });
export const EXECUTIONS_OF_AGENT = listOf({ name: 'Agent.executions', ...ORDERS });

export type ExecutionListArguments = ListArguments<'QUEUED_AT' | 'COMPLETED_AT', ExecutionFilter>;
