import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { searchPatterns, SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { ApiKeyQuery, ApiKeyStatus } from './api-key-record.ts';

const STATUS: Readonly<Record<ApiKeyStatus, string>> = {
  ACTIVE: 'k.revoked_at is null and k.expires_at > now()',
  EXPIRED: 'k.revoked_at is null and k.expires_at <= now()',
  REVOKED: 'k.revoked_at is not null',
};

/** The condition on `api_keys k`. */
export function conditionSql(query: ApiKeyQuery, parameters: SqlParameters): string {
  const conditions = new SqlConditions(parameters)
    .add((viewer) => `k.user_id = ${viewer}`, query.visibleTo)
    .add((id) => `k.user_id = ${id}`, query.ownerId)
    .add(
      (list) => `(k.name ilike any(${list}) or k.prefix ilike any(${list}))`,
      query.search ? searchPatterns(query.search) : null,
    );
  return query.status ? `${conditions} and ${STATUS[query.status]}` : conditions.toString();
}

export const API_KEYS = listOf({
  name: 'apiKeys',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    EXPIRES_AT: { field: 'expiresAt', type: 'date' },
    LAST_USED_AT: { field: 'lastUsedAt', type: 'date', nullable: true },
  },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

export type ApiKeyListArguments = ListArguments<'CREATED_AT' | 'EXPIRES_AT' | 'LAST_USED_AT'>;
