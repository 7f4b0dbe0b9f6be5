import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction, SqlParameters } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { NOTIFICATION_EVENT, notificationEvent, type NotificationEventName } from './notification-events.ts';
import { conditionSql, type NotificationQuery } from './notification-query.ts';
import type {
  DeliveryRecord,
  NotificationPriority,
  NotificationRecord,
  NotificationStatus,
} from './notification-record.ts';
import { DELIVERY_COLUMNS, NOTIFICATION_COLUMNS, type NotificationRow } from './notification-rows.ts';

/** An attachment as it is stored: base64. */
export interface StoredAttachment {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: string;
}

/** A notification to be stored. */
export interface NewNotification {
  readonly id: string;
  readonly userId: string;
  readonly senderId: string;
  readonly channel: Channel;
  readonly category: string | null;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
  readonly subject: string | null;
  readonly content: string;
  readonly htmlContent: string | null;
  readonly recipient: string;
  readonly attachments: readonly StoredAttachment[] | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly priority: NotificationPriority;
  readonly scheduledAt: Date | null;
  readonly timeZone: string | null;
  readonly expiresAt: Date | null;
  /** Not to be tried before; null for at once. */
  readonly holdUntil: Date | null;
  /** Opens and clicks may be counted. */
  readonly isTracked: boolean;
  readonly isConfidential: boolean;
  /** Of a confidential one: what it says, encrypted, until it is sent. */
  readonly sealedContent: string | null;
  readonly idempotencyKey: string | null;
  /** Stands for what was asked under the key. */
  readonly requestDigest: string | null;
  readonly bulkId: string | null;
  readonly replayOfId: string | null;
  readonly requestId: string | null;
}

export interface Created {
  readonly notification: NotificationRecord;
  /** False when the sender's idempotency key was known: this is what it had sent. */
  readonly created: boolean;
}

/** A change that was made, or that the state of the notification did not allow. */
export interface Changed {
  readonly changed: boolean;
  readonly notification: NotificationRecord;
}

const QUEUE_AGAIN = `status = 'QUEUED', available_at = now(), completed_at = null, retry_count = 0, recoveries = 0,
  expires_at = case when n.expires_at > now() then n.expires_at end`;

/** What a confidential one has said is gone. */
const WAITS = `n.status in ('PENDING', 'SCHEDULED', 'QUEUED')`;
const CANCEL = `status = 'CANCELLED', completed_at = now(), sealed_content = null`;
const CANCELLED_AT_ONCE = 500;
const RETRYABLE = `n.status = 'FAILED' and not n.is_confidential`;

// Stored and given to the queue in one transaction, seen as two events.
const INSERT = `
  insert into notifications as n (id, user_id, sender_id, channel, category, template_id, template_version, subject,
    content, html_content, recipient, attachments, metadata, priority, status, scheduled_at, time_zone, expires_at,
    available_at, idempotency_key, request_digest, bulk_id, replay_of_id, request_id, is_tracked,
    is_confidential, sealed_content, stream_seq)
  select x."id", x."userId", x."senderId", x."channel"::channel, x."category", x."templateId", x."templateVersion",
    x."subject", x."content", x."htmlContent", x."recipient", x."attachments", x."metadata",
    x."priority"::notification_priority,
    case when x."holdUntil" > now() then 'SCHEDULED' else 'QUEUED' end::notification_status,
    x."scheduledAt", x."timeZone", x."expiresAt", greatest(x."holdUntil", now()), x."idempotencyKey", x."requestDigest", x."bulkId",
    x."replayOfId", x."requestId", x."isTracked", x."isConfidential", x."sealedContent", 2
  from jsonb_to_recordset($1::jsonb) as x("id" text, "userId" text, "senderId" text, "channel" text, "category" text,
    "templateId" text, "templateVersion" int, "subject" text, "content" text, "htmlContent" text, "recipient" text,
    "attachments" jsonb, "metadata" jsonb, "priority" text, "scheduledAt" timestamptz, "timeZone" text,
    "expiresAt" timestamptz, "holdUntil" timestamptz, "idempotencyKey" text, "requestDigest" text, "bulkId" text, "replayOfId" text,
    "requestId" text, "isTracked" boolean, "isConfidential" boolean, "sealedContent" text)
  on conflict (sender_id, idempotency_key) do nothing
  returning ${NOTIFICATION_COLUMNS}`;

function acceptedEvents(notification: NotificationRecord) {
  const then = notification.status === 'SCHEDULED' ? NOTIFICATION_EVENT.scheduled : NOTIFICATION_EVENT.queued;
  return [
    notificationEvent(NOTIFICATION_EVENT.created, { ...notification, status: 'PENDING', streamSeq: 1 }),
    notificationEvent(then, notification),
  ];
}

/** Reads and begins notifications. What workers do with them is in modules/delivery. */
export class NotificationStore {
  readonly list: SqlList<NotificationRecord, NotificationQuery, 'createdAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: NOTIFICATION_COLUMNS,
      from: 'notifications n',
      where: conditionSql,
      orderColumns: { createdAt: 'n.created_at' },
      idColumn: 'n.id',
      parent: { column: 'n.user_id', field: 'userId' },
    });
  }

  async findMany(ids: readonly string[]): Promise<NotificationRecord[]> {
    const sql = `select ${NOTIFICATION_COLUMNS} from notifications n where n.id = any($1)`;
    return (await this.pool.query<NotificationRow>(sql, [ids])).rows;
  }

  /** By notification, in the order they happened; at most `limit` of each, the latest. */
  async deliveriesOf(notificationIds: readonly string[], limit: number): Promise<Map<string, DeliveryRecord[]>> {
    const { rows } = await this.pool.query<DeliveryRecord>(
      `select p.* from unnest($1::text[]) as u(id) cross join lateral (
         select ${DELIVERY_COLUMNS} from delivery_logs d where d.notification_id = u.id
         order by d.attempt desc, d.position desc limit $2
       ) p order by p.attempt, p.position`,
      [notificationIds, limit],
    );
    const found = new Map<string, DeliveryRecord[]>();
    for (const row of rows) found.set(row.notificationId, [...(found.get(row.notificationId) ?? []), row]);
    return found;
  }

  /** Stores notifications, all or none, and gives back each in the order they came. The unique index keeps keys apart. */
  create(notifications: readonly NewNotification[]): Promise<Created[]> {
    return inTransaction(this.pool, (tx) => this.createWithin(tx, notifications));
  }

  /** The same as a part of the caller's transaction. */
  async createWithin(tx: PoolClient, notifications: readonly NewNotification[]): Promise<Created[]> {
    const { rows } = await tx.query<NotificationRow>(INSERT, [JSON.stringify(notifications)]);
    await appendEvents(tx, rows.flatMap(acceptedEvents));
    const created = new Map(rows.map((row) => [row.id, row]));
    const known = notifications.filter(({ id }) => !created.has(id));
    const before = known.length > 0 ? await this.findByKeys(tx, known) : new Map<string, NotificationRecord>();
    return notifications.map(({ id, senderId, idempotencyKey }) => {
      const notification = created.get(id) ?? before.get(`${senderId} ${idempotencyKey}`);
      if (!notification) throw new Error('A notification of this key was in the way and is gone.');
      return { notification, created: created.has(id) };
    });
  }

  /** Takes it back, unless it is being sent or has ended. */
  cancel(id: string): Promise<Changed | null> {
    return this.change(id, WAITS, CANCEL, NOTIFICATION_EVENT.cancelled);
  }

  /** Takes back everything that waits for this user; how many. */
  async cancelAllTo(userId: string): Promise<number> {
    for (let cancelled = 0; ;) {
      const batch = await this.cancelSome('n.user_id = $1', [userId], CANCELLED_AT_ONCE);
      cancelled += batch;
      if (batch < CANCELLED_AT_ONCE) return cancelled;
    }
  }

  /** Takes back what waits and was sent by suspended users, at most `limit`; how many. */
  cancelOfSuspended(limit: number): Promise<number> {
    return this.cancelSome('n.sender_id in (select user_id from suspended_users)', [], limit);
  }

  private cancelSome(condition: string, values: readonly string[], limit: number): Promise<number> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<NotificationRow>(
        `update notifications n set ${CANCEL}, stream_seq = n.stream_seq + 1, updated_at = now()
         where n.id in (
           select n.id from notifications n where ${condition} and ${WAITS} limit ${limit} for update)
         returning ${NOTIFICATION_COLUMNS}`,
        [...values],
      );
      await appendEvents(
        tx,
        rows.map((row) => notificationEvent(NOTIFICATION_EVENT.cancelled, row)),
      );
      return rows.length;
    });
  }

  /** Queues a failed one again, with the whole schedule before it. */
  retry(id: string): Promise<Changed | null> {
    return this.change(id, RETRYABLE, QUEUE_AGAIN, NOTIFICATION_EVENT.queued);
  }

  /** The same for all failed ones that fit, the oldest first; how many, by channel. */
  retryMany(query: NotificationQuery, limit: number): Promise<Map<Channel, number>> {
    return inTransaction(this.pool, async (tx) => {
      const parameters = new SqlParameters();
      const { rows } = await tx.query<NotificationRow>(
        `with failed as (
           select n.id from notifications n where ${RETRYABLE} and ${conditionSql(query, parameters)}
           order by n.created_at limit ${parameters.add(limit)} for update skip locked
         )
         update notifications n set ${QUEUE_AGAIN}, stream_seq = n.stream_seq + 1, updated_at = now()
         from failed where n.id = failed.id and ${RETRYABLE} returning ${NOTIFICATION_COLUMNS}`,
        parameters.values,
      );
      await appendEvents(
        tx,
        rows.map((row) => notificationEvent(NOTIFICATION_EVENT.queued, row)),
      );
      const counts = new Map<Channel, number>();
      for (const { channel } of rows) counts.set(channel, (counts.get(channel) ?? 0) + 1);
      return counts;
    });
  }

  /** How many of a bulk have which status, of those that are visible; null for all. */
  async bulkCounts(bulkId: string, visibleTo: string | null) {
    const { rows } = await this.pool.query<{ status: NotificationStatus; count: number }>(
      `select n.status::text, count(*)::int as count from notifications n
       where n.bulk_id = $1 and ($2::text is null or n.sender_id = $2) group by n.status order by n.status`,
      [bulkId, visibleTo],
    );
    return rows;
  }

  /** What the copy of a notification needs besides what is shown. */
  async attachmentsOf(id: string): Promise<readonly StoredAttachment[] | null> {
    const { rows } = await this.pool.query<{ attachments: StoredAttachment[] | null }>(
      'select attachments from notifications where id = $1',
      [id],
    );
    return rows[0]?.attachments ?? null;
  }

  /** Changes it when the condition holds; the notification as it is then. Null when there is none. */
  private change(id: string, condition: string, set: string, event: NotificationEventName): Promise<Changed | null> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<NotificationRow>(
        `update notifications n set ${set}, stream_seq = n.stream_seq + 1, updated_at = now()
         where n.id = $1 and ${condition} returning ${NOTIFICATION_COLUMNS}`,
        [id],
      );
      if (rows[0]) {
        await appendEvents(tx, [notificationEvent(event, rows[0])]);
        return { changed: true, notification: rows[0] };
      }
      const found = await tx.query<NotificationRow>(
        `select ${NOTIFICATION_COLUMNS} from notifications n where n.id = $1`,
        [id],
      );
      return found.rows[0] ? { changed: false, notification: found.rows[0] } : null;
    });
  }

  // Read committed: a statement of its own sees the rows that were in the way.
  private async findByKeys(tx: PoolClient, known: readonly NewNotification[]) {
    const { rows } = await tx.query<NotificationRow>(
      `select ${NOTIFICATION_COLUMNS} from notifications n
       join unnest($1::text[], $2::text[]) as k(sender_id, key)
         on n.sender_id = k.sender_id and n.idempotency_key = k.key`,
      [known.map(({ senderId }) => senderId), known.map(({ idempotencyKey }) => idempotencyKey)],
    );
    return new Map(rows.map((row) => [`${row.senderId} ${row.idempotencyKey}`, row]));
  }
}
