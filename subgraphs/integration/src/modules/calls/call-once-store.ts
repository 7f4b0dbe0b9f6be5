import type { Pool } from 'pg';

/** Which call: a key is a caller's own, and of one integration. */
export interface CallKey {
  readonly integrationId: string;
  /** Who calls: a user, or a service for a user. */
  readonly callerId: string;
  readonly key: string;
}

/** A call under a key, and what it calls. */
export interface CallOfKey extends CallKey {
  readonly operation: string;
}

/** What is known of a key. */
export interface KnownCall {
  /** Stands for what was asked under the key. */
  readonly digest: string;
  /** Whose turn it is to call. */
  readonly token: string;
  /** Null while the call is under way. */
  readonly outcome: unknown;
  /** Under way, and whoever calls is there. */
  readonly isHeld: boolean;
}

const OF_KEY = 'integration_id = $1 and caller_id = $2 and key = $3';
const valuesOf = ({ integrationId, callerId, key }: CallKey) => [integrationId, callerId, key];

/** Calls under idempotency keys, and what became of them. */
export class CallOnceStore {
  constructor(private readonly pool: Pool) {}

  /** Takes a key that nobody has used; otherwise tells what is known of it. Null when the integration is gone. */
  async claim(call: CallKey, token: string, digest: string, leaseMs: number): Promise<KnownCall | null> {
    const { rows } = await this.pool.query<KnownCall>(
      // Updating a known one changes nothing, and reads it as others have just left it.
      `insert into integration_call_keys as k (integration_id, caller_id, key, digest, token, held_until)
       select i.id, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 millisecond'
       from integrations i where i.id = $1
       on conflict (integration_id, caller_id, key) do update set key = k.key
       returning digest, token, outcome, coalesce(held_until > clock_timestamp(), false) as "isHeld"`,
      [...valuesOf(call), digest, token, leaseMs],
    );
    return rows[0] ?? null;
  }

  /** Takes the place of one who is gone, whose call is counted as unknown. False when somebody else was faster. */
  async takeOver({ operation, ...call }: CallOfKey, from: string, token: string, leaseMs: number): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `with gone as (
         update integration_call_keys set token = $5, held_until = clock_timestamp() + $6 * interval '1 millisecond'
         where ${OF_KEY} and token = $4 and outcome is null and held_until < clock_timestamp() returning integration_id)
       insert into integration_calls (integration_id, operation, outcome, error_code, duration_ms, attempts)
       select integration_id, $7, 'UNKNOWN', 'OUTCOME_UNKNOWN', 0, 1 from gone`,
      [...valuesOf(call), from, token, leaseMs, operation],
    );
    return rowCount === 1;
  }

  async renew(call: CallKey, token: string, leaseMs: number): Promise<void> {
    await this.pool.query(
      `update integration_call_keys set held_until = clock_timestamp() + $5 * interval '1 millisecond'
       where ${OF_KEY} and token = $4 and outcome is null`,
      [...valuesOf(call), token, leaseMs],
    );
  }

  /**
   * Whoever called is gone: this is supposed to have become of the call, which is counted as unknown. False when they have
   * told meanwhile.
   */
  async suppose({ operation, ...call }: CallOfKey, token: string, outcome: unknown): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `with gone as (
         update integration_call_keys set outcome = $5, held_until = null, ended_at = clock_timestamp()
         where ${OF_KEY} and token = $4 and outcome is null and held_until < clock_timestamp() returning integration_id)
       insert into integration_calls (integration_id, operation, outcome, error_code, duration_ms, attempts)
       select integration_id, $6, 'UNKNOWN', 'OUTCOME_UNKNOWN', 0, 1 from gone`,
      [...valuesOf(call), token, JSON.stringify(outcome), operation],
    );
    return rowCount === 1;
  }

  /** Keeps what became of the call; what its caller knows is better than what was supposed meanwhile. */
  async keep(call: CallKey, token: string, outcome: unknown): Promise<void> {
    await this.pool.query(
      `update integration_call_keys set outcome = $5, held_until = null, ended_at = clock_timestamp()
       where ${OF_KEY} and token = $4`,
      [...valuesOf(call), token, JSON.stringify(outcome)],
    );
  }

  /** Nothing was done under the key: it may be used again. */
  async free(call: CallKey, token: string): Promise<void> {
    await this.pool.query(`delete from integration_call_keys where ${OF_KEY} and token = $4 and outcome is null`, [
      ...valuesOf(call),
      token,
    ]);
  }

  /** Removes at most `limit` that are so many days old. Returns how many were removed. */
  async removeOld(days: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from integration_call_keys where (integration_id, caller_id, key) in (
         select integration_id, caller_id, key from integration_call_keys
         where claimed_at < now() - make_interval(days => $1)
           and (held_until is null or held_until < clock_timestamp()) order by claimed_at limit $2)`,
      [days, limit],
    );
    return rowCount ?? 0;
  }
}
