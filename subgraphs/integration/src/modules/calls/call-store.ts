import type { Pool } from 'pg';
import type { LoggedCall } from './call-record.ts';

/** Statistics of calls. */
export class CallStore {
  constructor(private readonly pool: Pool) {}

  /** Calls of integrations that are gone are left out. */
  async add(calls: readonly LoggedCall[]): Promise<void> {
    await this.pool.query(
      `insert into integration_calls (integration_id, operation, outcome, error_code, duration_ms, attempts, at)
       select n.integration_id, n.operation, n.outcome::integration_call_outcome, n.error_code, n.duration_ms,
              n.attempts, n.at
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::int[], $7::timestamptz[])
         as n(integration_id, operation, outcome, error_code, duration_ms, attempts, at)
       join integrations i on i.id = n.integration_id for key share of i`,
      [
        calls.map((call) => call.integrationId),
        calls.map((call) => call.operation),
        calls.map((call) => call.outcome),
        calls.map((call) => call.errorCode),
        calls.map((call) => call.durationMs),
        calls.map((call) => call.attempts),
        calls.map((call) => call.at),
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
}
