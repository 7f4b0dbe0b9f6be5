import type { SqlParameters } from '../database/sql-parameters.ts';
import type { Cursor, KeysetOrder } from './cursor.ts';

/** The columns of an order as they are called in the statement, e.g. `e.created_at` and `e.id`. */
export interface KeysetColumns {
  readonly value: string;
  readonly id: string;
}

const CASTS = { date: 'timestamptz', string: 'text', integer: 'int4' } as const;

/** The condition on rows behind the cursor; rows without a value come last in both directions. */
export function behindSql(
  cursor: Cursor | null,
  { direction, type, nullable }: KeysetOrder,
  { value: column, id: idColumn }: KeysetColumns,
  parameters: SqlParameters,
): string {
  if (!cursor) return 'true';
  const operator = direction === 'ASC' ? '>' : '<';
  const id = parameters.add(cursor.id);
  if (cursor.value === null) return `(${column} is null and ${idColumn} ${operator} ${id})`;
  const value = `${parameters.add(cursor.value)}::${CASTS[type]}`;
  const row = `(${column}, ${idColumn}) ${operator} (${value}, ${id})`;
  return nullable ? `(${row} or ${column} is null)` : row;
}

/** What stands behind `order by`. */
export function orderSql({ direction, nullable }: KeysetOrder, { value, id }: KeysetColumns): string {
  return `${value} ${direction}${nullable ? ' nulls last' : ''}, ${id} ${direction}`;
}
