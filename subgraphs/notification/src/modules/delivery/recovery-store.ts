import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import { MAX_RECOVERIES, WORKER_LOST } from '@flowmesh/platform/queue';
import type { Pool } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import {
  NOTIFICATION_EVENT,
  notificationEvent,
  type NotificationEventName,
} from '../notifications/notification-events.ts';
import type { NotificationRecord } from '../notifications/notification-record.ts';
import { NOTIFICATION_COLUMNS } from '../notifications/notification-rows.ts';

/** What time does to notifications: leases run out, schedules come due, what has expired is not sent any more. */
export class RecoveryStore {
  constructor(private readonly pool: Pool) {}

  /** Takes notifications from workers that have fallen silent. The attempt may have arrived: it is logged as lost. */
  recoverLost(limit: number): Promise<number> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<NotificationRecord & { readonly attemptStartedAt: Date | null }>(
        `with lost as (
           select id, attempt_started_at from notifications where status = 'SENDING' and lease_expires_at < now()
           order by lease_expires_at limit $1 for update skip locked
         )
         update notifications n set
           status = case when n.recoveries >= ${MAX_RECOVERIES} then 'FAILED' else 'QUEUED' end::notification_status,
           error = case when n.recoveries >= ${MAX_RECOVERIES} then $2::jsonb else n.error end,
           completed_at = case when n.recoveries >= ${MAX_RECOVERIES} then now() end,
           sealed_content = case when n.recoveries < ${MAX_RECOVERIES} then n.sealed_content end,
           recoveries = n.recoveries + 1, available_at = now(), attempt_started_at = null, lease_token = null,
           lease_expires_at = null, stream_seq = n.stream_seq + 1, updated_at = now()
         from lost where n.id = lost.id and n.status = 'SENDING' and n.lease_expires_at < now()
         returning ${NOTIFICATION_COLUMNS}, lost.attempt_started_at as "attemptStartedAt"`,
        [limit, JSON.stringify({ ...WORKER_LOST, retryable: false })],
      );
      if (rows.length === 0) return 0;
      await tx.query(
        `insert into delivery_logs (id, notification_id, channel, attempt, status, error_code, error_message, retryable,
           retry_count, started_at)
         select x."id", x."notificationId", x."channel"::channel, x."attempt", 'LOST', $2, $3, true, x."retryCount",
           coalesce(x."attemptStartedAt", now())
         from jsonb_to_recordset($1::jsonb) as x("id" text, "notificationId" text, "channel" text, "attempt" int,
           "retryCount" int, "attemptStartedAt" timestamptz)
         on conflict do nothing`,
        [
          JSON.stringify(
            rows.map(({ id, channel, attempts, retryCount, attemptStartedAt }) => ({
              id: newId(),
              notificationId: id,
              channel,
              attempt: attempts,
              retryCount,
              attemptStartedAt,
            })),
          ),
          WORKER_LOST.code,
          'The process that sent it ended; nobody knows whether it arrived.',
        ],
      );
      await appendEvents(
        tx,
        rows.map((row) =>
          notificationEvent(row.status === 'FAILED' ? NOTIFICATION_EVENT.failed : NOTIFICATION_EVENT.retrying, row),
        ),
      );
      return rows.length;
    });
  }

  /** Scheduled ones whose time has come join the queue. */
  queueDue(limit: number): Promise<number> {
    return this.move(
      `n.status = 'SCHEDULED' and n.digest_id is null and n.available_at <= now() + interval '100 milliseconds'`,
      'n.available_at',
      `status = 'QUEUED'`,
      NOTIFICATION_EVENT.queued,
      limit,
    );
  }

  /** Those nobody wants any more, before they are sent. */
  expire(limit: number): Promise<number> {
    return this.move(
      `n.status in ('QUEUED', 'SCHEDULED') and n.expires_at <= now()`,
      'n.expires_at',
      `status = 'EXPIRED', completed_at = now(), sealed_content = null`,
      NOTIFICATION_EVENT.expired,
      limit,
    );
  }

  /** Channels in which something has been due for so long. */
  async overdue(sinceMs: number): Promise<Channel[]> {
    const { rows } = await this.pool.query<{ channel: Channel }>(
      `select c.channel::text from unnest(enum_range(null::channel)) as c(channel)
       where exists (
         select from unnest(enum_range(null::notification_priority)) as p(priority) cross join lateral (
           select from notifications n where n.status = 'QUEUED' and n.channel = c.channel and n.priority = p.priority
             and n.available_at <= now() - make_interval(secs => $1::float8 / 1000) limit 1
         ) d
       )`,
      [sinceMs],
    );
    return rows.map(({ channel }) => channel);
  }

  /** Seconds nobody counts any more. */
  async forgetRateWindows(): Promise<void> {
    await this.pool.query(`delete from rate_windows where second < floor(extract(epoch from now()))::bigint - 120`);
  }

  /** Removes notifications that have ended, oldest first; how many. Their deliveries go with them. */
  async removeOld(days: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from notifications where id in (
         select id from notifications where created_at < now() - make_interval(days => $1)
           and status in ('SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'EXPIRED')
         order by created_at limit $2
       )`,
      [days, limit],
    );
    return rowCount ?? 0;
  }

  private move(
    condition: string,
    order: string,
    set: string,
    event: NotificationEventName,
    limit: number,
  ): Promise<number> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<NotificationRecord>(
        `with due as (
           select n.id from notifications n where ${condition} order by ${order} limit $1 for update skip locked
         )
         update notifications n set ${set}, stream_seq = n.stream_seq + 1, updated_at = now()
         from due where n.id = due.id and ${condition} returning ${NOTIFICATION_COLUMNS}`,
        [limit],
      );
      await appendEvents(
        tx,
        rows.map((row) => notificationEvent(event, row)),
      );
      return rows.length;
    });
  }
}
