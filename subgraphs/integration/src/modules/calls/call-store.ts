import type { Pool } from 'pg';
import type { CallBatch } from './call-record.ts';

/** Longer than a batch is tried again. */
const BATCHES_DAYS = 1;

/** Statistics of calls. */
export class CallStore {
  constructor(private readonly pool: Pool) {}

  /**
   * Stores a batch, unless it has been stored before: whoever does not know whether it was, may try again within
   * `BATCHES_DAYS`. Calls of integrations that are gone are left out.
   */
  async add({ id, calls }: CallBatch): Promise<void> {
    await this.pool.query(
      // A batch that is being stored by an earlier attempt is waited for.
      `with batch as (insert into integration_call_batches (id) values ($8) on conflict do nothing returning id)
       insert into integration_calls (integration_id, operation, outcome, error_code, duration_ms, attempts, at)
       select n.integration_id, n.operation, n.outcome::integration_call_outcome, n.error_code, n.duration_ms,
              n.attempts, n.at
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::int[], $7::timestamptz[])
         as n(integration_id, operation, outcome, error_code, duration_ms, attempts, at)
       cross join batch join integrations i on i.id = n.integration_id for key share of i`,
      [
        calls.map((call) => call.integrationId),
        calls.map((call) => call.operation),
        calls.map((call) => call.outcome),
        calls.map((call) => call.errorCode),
        calls.map((call) => call.durationMs),
        calls.map((call) => call.attempts),
        calls.map((call) => call.at),
        id,
      ],
    );
  }

  /** Removes at most `limit` that are so many days old. Gives how many went. */
  async removeOld(retentionDays: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from integration_calls where id = any(array(
         select id from integration_calls where at < now() - make_interval(days => $1) order by at limit $2))`,
      [retentionDays, limit],
    );
    return rowCount ?? 0;
  }

  /** Removes the names of at most `limit` batches that nobody stores again. Gives how many went. */
  async removeOldBatches(limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from integration_call_batches where id = any(array(
         select id from integration_call_batches where stored_at < now() - make_interval(days => $1)
         order by stored_at limit $2))`,
      [BATCHES_DAYS, limit],
    );
    return rowCount ?? 0;
  }
}
