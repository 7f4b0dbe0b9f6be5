import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { NOTIFICATION_EVENT, notificationEvent } from '../notifications/notification-events.ts';
import type { NotificationRecord } from '../notifications/notification-record.ts';
import { NOTIFICATION_COLUMNS } from '../notifications/notification-rows.ts';
import type { Created, NewNotification, NotificationStore } from '../notifications/notification-store.ts';

export interface Digest {
  /** Also that of the notification it will be sent as. */
  readonly id: string;
  readonly userId: string;
  readonly channel: Channel;
  readonly recipient: string;
  readonly category: string | null;
}

/** What is collected for a while. The database decides which window a notification belongs to. */
export class DigestStore {
  constructor(
    private readonly pool: Pool,
    private readonly notifications: NotificationStore,
  ) {}

  /** Stores a notification in the window that is open, or opens one under `digestId`. */
  collect(notification: NewNotification, digestId: string, minutes: number): Promise<Created | undefined> {
    const { userId, channel, recipient, category, holdUntil } = notification;
    return inTransaction(this.pool, async (tx) => {
      // Whoever sends the window holds its row: this waits then, and opens the next one.
      const { rows } = await tx.query<{ id: string; dueAt: Date }>(
        `insert into notification_digests as d (id, user_id, channel, recipient, category, due_at)
         values ($1, $2, $3::channel, $4, $5, greatest(now() + make_interval(mins => $6), $7::timestamptz))
         on conflict (user_id, channel, recipient, category) where closed_at is null
           do update set due_at = greatest(d.due_at, clock_timestamp() + interval '1 second')
         returning id, due_at as "dueAt"`,
        [digestId, userId, channel, recipient, category ?? '', minutes, holdUntil],
      );
      const window = rows[0];
      if (!window) throw new Error('No window was opened.');
      const [outcome] = await this.notifications.createWithin(tx, [{ ...notification, holdUntil: window.dueAt }]);
      if (outcome?.created) {
        await tx.query('update notifications set digest_id = $2 where id = $1', [notification.id, window.id]);
      }
      return outcome;
    });
  }

  /** Sends a window whose time has come, all in one transaction: once, whoever dies. False when none was due. */
  sendDue(toNotification: (digest: Digest, items: readonly NotificationRecord[]) => NewNotification): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<Digest>(
        `select id, user_id as "userId", channel::text, recipient, nullif(category, '') as category
         from notification_digests where closed_at is null and due_at <= now()
         order by due_at, id limit 1 for update skip locked`,
      );
      const [digest] = rows;
      if (!digest) return false;
      const items = await this.take(tx, digest);
      if (items.length > 0) await this.notifications.createWithin(tx, [toNotification(digest, items)]);
      await tx.query('update notification_digests set closed_at = now() where id = $1', [digest.id]);
      return true;
    });
  }

  /** Those that were neither cancelled nor expired. They are sent with the digest. */
  private async take(tx: PoolClient, { id }: Digest): Promise<NotificationRecord[]> {
    const { rows } = await tx.query<NotificationRecord>(
      `update notifications n set status = 'SENT', sent_at = now(), completed_at = now(), updated_at = now(),
         stream_seq = n.stream_seq + 1
       where n.id in (
         select id from notifications where digest_id = $1 and status = 'SCHEDULED' order by created_at, id for update
       ) returning ${NOTIFICATION_COLUMNS}`,
      [id],
    );
    await appendEvents(
      tx,
      rows.map((row) => notificationEvent(NOTIFICATION_EVENT.sent, row)),
    );
    return rows.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
  }

  async removeOld(days: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from notification_digests where id in (
         select id from notification_digests where closed_at < now() - make_interval(days => $1) limit $2
       )`,
      [days, limit],
    );
    return rowCount ?? 0;
  }
}
