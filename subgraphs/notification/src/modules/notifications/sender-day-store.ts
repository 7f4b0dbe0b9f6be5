import { inTransaction } from '@flowmesh/platform/database';
import type { Pool } from 'pg';

const TODAY = `(now() at time zone 'utc')::date`;

/** What senders have sent today. The row is locked while it is counted, so that no two calls take the same room. */
export class SenderDayStore {
  constructor(private readonly pool: Pool) {}

  /** How many of the wanted ones are within the limit; adds them to the day. */
  take(senderId: string, wanted: number, limit: number): Promise<number> {
    return inTransaction(this.pool, async (tx) => {
      await tx.query(
        `insert into sender_days (sender_id, day, count) values ($1, ${TODAY}, 0) on conflict do nothing`,
        [senderId],
      );
      const { rows } = await tx.query<{ count: number }>(
        `select count from sender_days where sender_id = $1 and day = ${TODAY} for update`,
        [senderId],
      );
      const taken = Math.max(0, Math.min(wanted, limit - (rows[0]?.count ?? 0)));
      await tx.query(`update sender_days set count = count + $2 where sender_id = $1 and day = ${TODAY}`, [
        senderId,
        taken,
      ]);
      await tx.query(`delete from sender_days where sender_id = $1 and day < ${TODAY}`, [senderId]);
      return taken;
    });
  }
}
