import type { Pool } from 'pg';
import type { RateLimit } from '../policy-store.ts';

export interface RateState {
  /** Calls that may be made now. */
  readonly remaining: number;
  /** When all of them may be made again. */
  readonly resetAt: Date | null;
  /** The dependency asked not to be called before. */
  readonly heldUntil: Date | null;
}

/** Now, the limit's period, and the time that one call takes of it. */
const GIVEN = `select clock_timestamp() as now, $2::float8 * interval '1 second' as period,
  $2::float8 / $3::int * interval '1 second' as step`;

/**
 * Rate limits shared by all processes, by the generic cell rate algorithm (GCRA): each call takes an interval of time, which
 * may be taken in advance up to the length of the limit's period.
 */
export class RateStore {
  constructor(private readonly pool: Pool) {}

  /** Takes the right to one call: 0, or after how many milliseconds it may be tried again. */
  async take(key: string, { calls, perSeconds }: RateLimit): Promise<number> {
    const parameters = [key, perSeconds, calls];
    const taken = await this.pool.query(
      `with given as (${GIVEN})
       insert into policy_rates as r (key, taken_until) select $1, now + step from given
       on conflict (key) do update
         set taken_until = greatest(r.taken_until, (select now from given)) + (select step from given)
         where greatest(r.taken_until, (select now from given)) + (select step from given)
               <= (select now + period from given)
           and (r.held_until is null or r.held_until <= (select now from given))`,
      parameters,
    );
    if (taken.rowCount === 1) return 0;
    // A separate statement, because the one above may have seen the row before concurrent calls changed it.
    const { rows } = await this.pool.query<{ wait: number }>(
      `select greatest(1, 1000 * extract(epoch from greatest(r.taken_until + step - period, r.held_until) - now))::float8
         as wait from (${GIVEN}) given, policy_rates r where r.key = $1`,
      parameters,
    );
    return rows[0]?.wait ?? 1;
  }

  /** Stops all calls for this long, as the dependency asked. */
  async hold(key: string, forMs: number): Promise<void> {
    await this.pool.query(
      `insert into policy_rates as r (key, taken_until, held_until)
       values ($1, clock_timestamp(), clock_timestamp() + $2 * interval '1 millisecond')
       on conflict (key) do update set held_until = greatest(r.held_until, excluded.held_until)`,
      [key, forMs],
    );
  }

  async release(key: string): Promise<void> {
    await this.pool.query('update policy_rates set held_until = null where key = $1 and held_until is not null', [key]);
  }

  /** Until when those that are held are not called. */
  async holdsOf(keys: readonly string[]): Promise<Map<string, Date>> {
    const { rows } = await this.pool.query<{ key: string; heldUntil: Date }>(
      `select key, held_until as "heldUntil" from policy_rates where key = any($1) and held_until > clock_timestamp()`,
      [keys],
    );
    return new Map(rows.map(({ key, heldUntil }) => [key, heldUntil]));
  }

  /** Of those that have been called; all calls of the others remain. */
  async statesOf(asked: readonly (RateLimit & { readonly key: string })[]): Promise<Map<string, RateState>> {
    const { rows } = await this.pool.query<RateState & { key: string }>(
      `select key,
         greatest(0, least(calls, floor(calls - greatest(0, extract(epoch from taken_until - clock_timestamp()))
           * calls / seconds)))::int as remaining,
         case when taken_until > clock_timestamp() then taken_until end as "resetAt",
         case when held_until > clock_timestamp() then held_until end as "heldUntil"
       from unnest($1::text[], $2::int[], $3::float8[]) as asked(key, calls, seconds)
       join policy_rates using (key)`,
      [asked.map(({ key }) => key), asked.map(({ calls }) => calls), asked.map(({ perSeconds }) => perSeconds)],
    );
    return new Map(rows.map(({ key, ...state }) => [key, state]));
  }
}
