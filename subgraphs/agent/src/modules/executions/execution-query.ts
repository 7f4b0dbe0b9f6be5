import type { Cursor, KeysetOrder } from '@flowmesh/platform/connections';
import type { SqlParameters } from '@flowmesh/platform/database';
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
  const parts: string[] = ['true'];
  const add = (sql: (placeholder: string) => string, value: unknown) => {
    if (value !== null && value !== undefined) parts.push(sql(parameters.add(value)));
  };
  add((viewer) => `(e.started_by_id = ${viewer} or e.agent_owner_id = ${viewer})`, visibleTo);
  add((id) => `e.agent_id = ${id}`, filter.agentId);
  add((id) => `e.started_by_id = ${id}`, filter.startedById);
  add((list) => `e.status = any(${list}::agent_execution_status[])`, filter.status);
  add((time) => `e.queued_at > ${time}`, filter.queuedAfter);
  add((time) => `e.queued_at < ${time}`, filter.queuedBefore);
  return parts.join(' and ');
}

/** Rows behind the cursor; rows without a value come last in both directions. */
export function behindSql(cursor: Cursor | null, order: ExecutionOrder, parameters: SqlParameters): string {
  if (!cursor) return 'true';
  const column = columnOf(order);
  const operator = order.direction === 'ASC' ? '>' : '<';
  const id = parameters.add(cursor.id);
  if (cursor.value === null) return `(${column} is null and e.id ${operator} ${id})`;
  const row = `(${column}, e.id) ${operator} (${parameters.add(cursor.value)}::timestamptz, ${id})`;
  return order.nullable ? `(${row} or ${column} is null)` : row;
}

export function orderSql(order: ExecutionOrder): string {
  const nulls = order.nullable ? ' nulls last' : '';
  return `${columnOf(order)} ${order.direction}${nulls}, e.id ${order.direction}`;
}

function columnOf(order: ExecutionOrder): string {
  return order.field === 'queuedAt' ? 'e.queued_at' : 'e.completed_at';
}
