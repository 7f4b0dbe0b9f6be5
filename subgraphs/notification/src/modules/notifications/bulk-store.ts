import type { Pool } from 'pg';

/** What the idempotency keys of bulks have begun. */
export class BulkStore {
  constructor(private readonly pool: Pool) {}

  /** The digest of what was sent under this id; null when nothing was. */
  async digestOf(id: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ digest: string }>(
      'select request_digest as digest from notification_bulks where id = $1',
      [id],
    );
    return rows[0]?.digest ?? null;
  }

  /** The first one counts. */
  async add(id: string, digest: string): Promise<void> {
    await this.pool.query(
      'insert into notification_bulks (id, request_digest) values ($1, $2) on conflict do nothing',
      [id, digest],
    );
  }

  /** Removes at most `limit` that are so many days old. Gives how many went. */
  async removeOld(days: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from notification_bulks where id in (
         select id from notification_bulks where created_at < now() - make_interval(days => $1)
         order by created_at limit $2)`,
      [days, limit],
    );
    return rowCount ?? 0;
  }
}
