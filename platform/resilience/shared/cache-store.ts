import type { Pool } from 'pg';
import { MAX_ANSWER_BYTES } from '../policy-store.ts';

export interface CacheState {
  /** Answers that may be used again. */
  readonly entries: number;
  /** Of them, as JSON. */
  readonly bytes: number;
  readonly oldestAt: Date | null;
}

/** Answers that are used again, by all processes. */
export class CacheStore {
  constructor(private readonly pool: Pool) {}

  /** Null when there is none that is fresh. */
  async find(key: string, entry: string): Promise<{ readonly value: unknown } | null> {
    const { rows } = await this.pool.query<{ value: unknown }>(
      'select value from policy_cache where key = $1 and entry = $2 and expires_at > clock_timestamp()',
      [key, entry],
    );
    return rows[0] ?? null;
  }

  async keep(key: string, entry: string, value: unknown, seconds: number): Promise<void> {
    const json = JSON.stringify(value ?? null);
    const bytes = Buffer.byteLength(json);
    if (bytes > MAX_ANSWER_BYTES) return;
    await this.pool.query(
      `insert into policy_cache (key, entry, value, bytes, stored_at, expires_at)
       values ($1, $2, $3::jsonb, $4, clock_timestamp(), clock_timestamp() + $5 * interval '1 second')
       on conflict (key, entry) do update set value = excluded.value, bytes = excluded.bytes,
         stored_at = excluded.stored_at, expires_at = excluded.expires_at`,
      [key, entry, json, bytes, seconds],
    );
  }

  /** How many were forgotten. */
  async clear(key: string): Promise<number> {
    const { rows } = await this.pool.query<{ fresh: number }>(
      `with gone as (delete from policy_cache where key = $1 returning expires_at)
       select (count(*) filter (where expires_at > clock_timestamp()))::int as fresh from gone`,
      [key],
    );
    return rows[0]?.fresh ?? 0;
  }

  /** Of those that have any. */
  async statesOf(keys: readonly string[]): Promise<Map<string, CacheState>> {
    const { rows } = await this.pool.query<CacheState & { key: string }>(
      `select key, count(*)::int as entries, sum(bytes)::int as bytes, min(stored_at) as "oldestAt"
       from policy_cache where key = any($1) and expires_at > clock_timestamp() group by key`,
      [keys],
    );
    return new Map(rows.map(({ key, ...state }) => [key, state]));
  }
}
