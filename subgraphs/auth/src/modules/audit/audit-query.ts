import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { searchPatterns, SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { AuditOutcome } from './audit-record.ts';

/** The filter of a list; absent members match everything. */
export interface AuditFilter {
  readonly actions?: readonly string[] | null | undefined;
  readonly outcome?: AuditOutcome | null | undefined;
  readonly actorId?: string | null | undefined;
  readonly targetId?: string | null | undefined;
  readonly userId?: string | null | undefined;
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
  /** An address or a network. */
  readonly address?: string | null | undefined;
  readonly text?: string | null | undefined;
}

export interface AuditQuery {
  readonly filter: AuditFilter;
  /** Only entries by, for or about this user; null for everybody's. */
  readonly visibleTo: string | null;
}

const concerns = (user: string) => `(actor_id = ${user} or on_behalf_of_id = ${user} or subject_id = ${user})`;

export function conditionSql({ filter, visibleTo }: AuditQuery, parameters: SqlParameters): string {
  return new SqlConditions(parameters)
    .add(concerns, visibleTo)
    .add(concerns, filter.userId)
    .add((actions) => `action = any(${actions}::text[])`, filter.actions)
    .add((outcome) => `outcome = ${outcome}::audit_outcome`, filter.outcome)
    .add((id) => `actor_id = ${id}`, filter.actorId)
    .add((id) => `target_id = ${id}`, filter.targetId)
    .add((time) => `occurred_at >= ${time}`, filter.from)
    .add((time) => `occurred_at < ${time}`, filter.to)
    .add((network) => `address <<= ${network}::inet`, filter.address)
    .add(
      (list) => `concat_ws(' ', action, target_id, user_agent, request_id, details::text) ilike any(${list})`,
      filter.text ? searchPatterns(filter.text) : null,
    )
    .toString();
}

export const AUDIT_LOGS = listOf({
  name: 'auditLogs',
  orders: { OCCURRED_AT: { field: 'occurredAt', type: 'date' } },
  orderBy: { field: 'OCCURRED_AT', direction: 'DESC' },
});

export type AuditListArguments = ListArguments<'OCCURRED_AT'>;
