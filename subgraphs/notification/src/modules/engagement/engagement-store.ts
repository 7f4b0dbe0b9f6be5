import type { Pool } from 'pg';

/** Of one notification; a mail has few links. */
const MAX_LINKS = 200;

/** What recipients do with what they got. */
export class EngagementStore {
  constructor(private readonly pool: Pool) {}

  /** Counts an open, or a click on this address. Nothing for a notification that is gone, or must not be counted. */
  async record(notificationId: string, kind: 'OPEN' | 'CLICK', url = ''): Promise<void> {
    await this.pool.query(
      `insert into notification_engagements as g (notification_id, kind, url)
       select n.id, $2::engagement_kind, $3 from notifications n
       where n.id = $1 and n.is_tracked
         and (select count(*) from notification_engagements where notification_id = n.id) < ${MAX_LINKS}
       on conflict (notification_id, kind, url) do update set count = g.count + 1, last_at = now()`,
      [notificationId, kind, url],
    );
  }

  /** Of what a link to unsubscribe is; null when the notification is gone. */
  async subscription(notificationId: string): Promise<{ readonly category: string | null } | null> {
    const sql = 'select category from notifications where id = $1';
    return (await this.pool.query<{ category: string | null }>(sql, [notificationId])).rows[0] ?? null;
  }

  /** The recipient wants no more of this category; nothing at all, when it has none. */
  async unsubscribe(notificationId: string): Promise<void> {
    await this.pool.query(
      `insert into recipient_opt_outs (channel, recipient, category, notification_id)
       select channel, lower(recipient), coalesce(category, ''), id from notifications where id = $1
       on conflict do nothing`,
      [notificationId],
    );
  }

  async subscribeAgain(notificationId: string): Promise<void> {
    await this.pool.query(
      `delete from recipient_opt_outs o using notifications n
       where n.id = $1 and o.channel = n.channel and o.recipient = lower(n.recipient)
         and o.category = coalesce(n.category, '')`,
      [notificationId],
    );
  }
}
