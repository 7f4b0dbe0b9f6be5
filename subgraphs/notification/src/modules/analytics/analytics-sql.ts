import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { AnalyticsScope, DeliveryFigures } from './analytics-record.ts';

/**
 * Notifications of a scope as `e`. Latency is from when one was accepted, or was to be sent, until a provider took it.
 * What the inbox shows as read has been opened.
 */
export function countedSql({ from, to, filter, visibleTo }: AnalyticsScope, parameters: SqlParameters): string {
  const conditions = new SqlConditions(parameters)
    .add((time) => `n.created_at >= ${time}`, from)
    .add((time) => `n.created_at < ${time}`, to)
    .add((viewer) => `(n.user_id = ${viewer} or n.sender_id = ${viewer})`, visibleTo)
    .add((list) => `n.channel = any(${list}::channel[])`, filter.channel)
    .add((list) => `n.priority = any(${list}::notification_priority[])`, filter.priority)
    .add((text) => `n.category = ${text}`, filter.category)
    .add((id) => `n.template_id = ${id}`, filter.templateId)
    .add((id) => `n.user_id = ${id}`, filter.userId)
    .add((id) => `n.sender_id = ${id}`, filter.senderId);
  return `e as (
    select n.id, n.channel, n.template_id, n.template_version, n.user_id, n.status, n.attempts, n.created_at, n.error,
      (extract(epoch from n.sent_at - greatest(n.created_at, n.scheduled_at)) * 1000)::float8 as latency,
      coalesce(g.opened, false) or i.read_at is not null as opened, coalesce(g.clicked, false) as clicked,
      greatest(g.last_at, i.read_at) as engaged_at
    from notifications n
    left join lateral (
      select bool_or(kind = 'OPEN') as opened, bool_or(kind = 'CLICK') as clicked, max(last_at) as last_at
      from notification_engagements where notification_id = n.id
    ) g on true
    left join inbox_items i on i.notification_id = n.id
    where ${conditions}
  )`;
}

/** Aggregates over `e`; see `toFigures`. */
export const FIGURES = `count(*)::int as total,
  (count(*) filter (where status in ('PENDING', 'SCHEDULED', 'QUEUED', 'SENDING')))::int as pending,
  (count(*) filter (where status in ('SENT', 'DELIVERED')))::int as sent,
  (count(*) filter (where status = 'DELIVERED'))::int as delivered,
  (count(*) filter (where status = 'FAILED'))::int as failed,
  (count(*) filter (where status = 'CANCELLED'))::int as cancelled,
  (count(*) filter (where status = 'EXPIRED'))::int as expired,
  (count(*) filter (where attempts > 1))::int as retried,
  coalesce(sum(attempts), 0)::int as attempts,
  (count(*) filter (where opened))::int as opened,
  (count(*) filter (where clicked))::int as clicked,
  avg(latency) as "averageLatencyMs",
  percentile_cont(array[0.5, 0.95, 0.99]) within group (order by latency) as percentiles`;

export type FiguresRow = Omit<DeliveryFigures, 'p50LatencyMs' | 'p95LatencyMs' | 'p99LatencyMs'> & {
  readonly percentiles: readonly (number | null)[] | null;
};

export function toFigures(row: FiguresRow): DeliveryFigures {
  const [p50LatencyMs = null, p95LatencyMs = null, p99LatencyMs = null] = row.percentiles ?? [];
  return {
    total: row.total,
    pending: row.pending,
    sent: row.sent,
    delivered: row.delivered,
    failed: row.failed,
    cancelled: row.cancelled,
    expired: row.expired,
    retried: row.retried,
    attempts: row.attempts,
    opened: row.opened,
    clicked: row.clicked,
    averageLatencyMs: row.averageLatencyMs,
    p50LatencyMs,
    p95LatencyMs,
    p99LatencyMs,
  };
}
