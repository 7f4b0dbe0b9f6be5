import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction, SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool } from 'pg';
import { INBOX_EVENT, inboxEvent, type InboxEventName } from './inbox-events.ts';
import type { InboxFilter, InboxItem } from './inbox-record.ts';

const COLUMNS = `i.notification_id as id, i.user_id as "userId", i.category, i.subject, i.content,
  i.html_content as "htmlContent", i.metadata, i.priority::text, i.read_at as "readAt", i.archived_at as "archivedAt",
  i.created_at as "createdAt"`;

export interface InboxQuery {
  readonly userId: string;
  readonly filter: InboxFilter;
}

/** How an item changes, only if it is not so already. */
const CHANGES = {
  read: { set: 'read_at = now()', where: 'i.read_at is null', event: INBOX_EVENT.read },
  unread: { set: 'read_at = null', where: 'i.read_at is not null', event: INBOX_EVENT.unread },
  archive: { set: 'archived_at = now()', where: 'i.archived_at is null', event: INBOX_EVENT.archived },
  restore: { set: 'archived_at = null', where: 'i.archived_at is not null', event: INBOX_EVENT.restored },
} as const satisfies Record<string, { set: string; where: string; event: InboxEventName }>;

export type InboxChange = keyof typeof CHANGES;

function conditionSql({ userId, filter }: InboxQuery, parameters: SqlParameters): string {
  const conditions = new SqlConditions(parameters)
    .add((id) => `i.user_id = ${id}`, userId)
    .add((text) => `i.category = ${text}`, filter.category);
  const unread = filter.unread == null ? '' : ` and i.read_at is ${filter.unread ? '' : 'not '}null`;
  return `${conditions} and i.archived_at is ${filter.archived ? 'not ' : ''}null${unread}`;
}

/** What users find in the product. */
export class InboxStore {
  readonly list: SqlList<InboxItem, InboxQuery, 'createdAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'inbox_items i',
      where: conditionSql,
      orderColumns: { createdAt: 'i.created_at' },
      idColumn: 'i.notification_id',
    });
  }

  async findMany(ids: readonly string[]): Promise<InboxItem[]> {
    const sql = `select ${COLUMNS} from inbox_items i where i.notification_id = any($1)`;
    return (await this.pool.query<InboxItem>(sql, [ids])).rows;
  }

  /** Puts a notification into the inbox of its user: once, however often it is asked for. */
  async add(notificationId: string): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<{ userId: string; category: string | null }>(
        `insert into inbox_items
           (notification_id, user_id, category, subject, content, html_content, metadata, priority)
         select id, user_id, category, subject, content, html_content, metadata, priority
         from notifications where id = $1 on conflict do nothing returning user_id as "userId", category`,
        [notificationId],
      );
      const added = rows[0];
      if (!added) return false;
      await appendEvents(tx, [inboxEvent(INBOX_EVENT.added, added.userId, { ...added, id: notificationId })]);
      return true;
    });
  }

  /** All of these, in their order, or null and no change when one is not in this user's inbox. */
  async change(userId: string, ids: readonly string[], change: InboxChange): Promise<InboxItem[] | null> {
    const { set, where, event } = CHANGES[change];
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<InboxItem>(
        `select ${COLUMNS} from inbox_items i where i.notification_id = any($1) and i.user_id = $2
         order by i.notification_id for update`,
        [ids, userId],
      );
      if (rows.length !== new Set(ids).size) return null;
      const changed = await tx.query<InboxItem>(
        `update inbox_items i set ${set} where i.notification_id = any($1) and ${where} returning ${COLUMNS}`,
        [ids],
      );
      await appendEvents(
        tx,
        changed.rows.map((item) => inboxEvent(event, userId, item)),
      );
      const now = new Map([...rows, ...changed.rows].map((item) => [item.id, item]));
      return [...new Set(ids)].flatMap((id) => now.get(id) ?? []);
    });
  }

  /** Everything that came until this moment; gives how many there were. */
  async readAll(userId: string, category: string | null, until: Date | null): Promise<number> {
    return inTransaction(this.pool, async (tx) => {
      const { rowCount } = await tx.query(
        `update inbox_items set read_at = now()
         where user_id = $1 and read_at is null and archived_at is null
           and ($2::text is null or category = $2) and created_at <= coalesce($3::timestamptz, now())`,
        [userId, category, until],
      );
      const changed = rowCount ?? 0;
      if (changed > 0) await appendEvents(tx, [inboxEvent(INBOX_EVENT.allRead, userId, { id: null, category })]);
      return changed;
    });
  }
}
