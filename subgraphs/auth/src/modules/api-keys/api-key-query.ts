import type { Cursor } from '@flowmesh/platform/connections';
import { searchPatterns, type SqlParameters } from '@flowmesh/platform/database';
import type { ApiKeyQuery, ApiKeyStatus } from './api-key-record.ts';
import type { ApiKeyOrder } from './api-key-store.ts';

const COLUMN_OF = {
  createdAt: 'k.created_at',
  expiresAt: 'k.expires_at',
  lastUsedAt: 'k.last_used_at',
} as const satisfies Record<ApiKeyOrder['field'], string>;

const STATUS: Readonly<Record<ApiKeyStatus, string>> = {
  ACTIVE: 'k.revoked_at is null and k.expires_at > now()',
  EXPIRED: 'k.revoked_at is null and k.expires_at <= now()',
  REVOKED: 'k.revoked_at is not null',
};

/** The condition on `api_keys k`. */
export function conditionSql(query: ApiKeyQuery, parameters: SqlParameters): string {
  const parts = ['true'];
  if (query.visibleTo !== null) parts.push(`k.user_id = ${parameters.add(query.visibleTo)}`);
  if (query.ownerId) parts.push(`k.user_id = ${parameters.add(query.ownerId)}`);
  if (query.status) parts.push(STATUS[query.status]);
  if (query.search) {
    const list = parameters.add(searchPatterns(query.search));
    parts.push(`(k.name ilike any(${list}) or k.prefix ilike any(${list}))`);
  }
  return parts.join(' and ');
}

/** Rows behind the cursor; keys that were never used come last in both directions. */
export function behindSql(cursor: Cursor | null, order: ApiKeyOrder, parameters: SqlParameters): string {
  if (!cursor) return 'true';
  const column = COLUMN_OF[order.field];
  const operator = order.direction === 'ASC' ? '>' : '<';
  const id = parameters.add(cursor.id);
  if (cursor.value === null) return `(${column} is null and k.id ${operator} ${id})`;
  const row = `(${column}, k.id) ${operator} (${parameters.add(cursor.value)}::timestamptz, ${id})`;
  return order.nullable ? `(${row} or ${column} is null)` : row;
}

export function orderSql({ field, direction, nullable }: ApiKeyOrder): string {
  return `${COLUMN_OF[field]} ${direction}${nullable ? ' nulls last' : ''}, k.id ${direction}`;
}
