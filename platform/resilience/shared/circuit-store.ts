import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../database/index.ts';
import type { BreakerRules } from '../call-policy.ts';
import type { Circuit, CircuitState } from '../policy-store.ts';
import { verdictOf, type Observer, type ShownObserver, type Verdict } from '../verdict.ts';

/** A circuit as a process keeps it: times as milliseconds from the moment it was read. */
export interface CircuitCopy {
  readonly state: CircuitState;
  readonly retryInMs: number;
  /** The dependency asked not to be called before. */
  readonly heldForMs: number;
  /** The process does not call before, as calls fail only for it. */
  readonly stoppedForMs: number;
}

/** Runs in the transaction that changes a circuit, e.g. to append an event. */
export type OnChange = (tx: PoolClient, key: string, state: CircuitState) => Promise<void>;

export interface Window {
  readonly key: string;
  readonly windowSeconds: number;
}

export interface Outcomes {
  readonly key: string;
  readonly successes: number;
  readonly failures: number;
}

const CIRCUIT = `state, opened_at as "openedAt", retry_at as "retryAt", changed_at as "changedAt"`;

/** For keys and the seconds of their windows, see `parametersOf`. */
const OBSERVED = `
  select o.key, process, sum(successes)::int as successes, sum(failures)::int as failures, max(second) as latest
  from unnest($1::text[], $2::float8[]) as asked(key, seconds) join policy_outcomes o on o.key = asked.key
  where second > clock_timestamp() - seconds * interval '1 second'
  group by o.key, process`;

const parametersOf = (asked: readonly Window[]) => [
  asked.map(({ key }) => key),
  asked.map(({ windowSeconds }) => windowSeconds),
];

/** Circuits and their outcomes, as all processes of a domain share them. A key is a dependency, e.g. an integration's id. */
export class CircuitStore {
  constructor(
    private readonly pool: Pool,
    private readonly changed: OnChange,
  ) {}

  async circuits(keys: readonly string[]): Promise<Map<string, Circuit>> {
    const { rows } = await this.pool.query<Circuit & { key: string }>(
      `select key, ${CIRCUIT} from policy_circuits where key = any($1)`,
      [keys],
    );
    return new Map(rows.map(({ key, ...circuit }) => [key, circuit]));
  }

  /** As it is for this process. */
  async copyOf(process: string, key: string): Promise<CircuitCopy> {
    const { rows } = await this.pool.query<CircuitCopy>(
      `select coalesce(c.state, 'CLOSED') as state,
         greatest(0, coalesce(extract(epoch from
           case c.state when 'OPEN' then c.retry_at when 'HALF_OPEN' then c.probe_expires_at end - clock_timestamp()), 0)
         )::float8 * 1000 as "retryInMs",
         greatest(0, coalesce(extract(epoch from r.held_until - clock_timestamp()), 0))::float8 * 1000 as "heldForMs",
         greatest(0, coalesce(extract(epoch from s.stopped_until - clock_timestamp()), 0))::float8 * 1000 as "stoppedForMs"
       from (select $1::text as key) k
       left join policy_circuits c on c.key = k.key
       left join policy_rates r on r.key = k.key
       left join policy_stops s on s.key = k.key and s.process = $2`,
      [key, process],
    );
    return rows[0] ?? { state: 'CLOSED', retryInMs: 0, heldForMs: 0, stoppedForMs: 0 };
  }

  /** What each process has seen of these within their windows, or that it has stopped; whoever called last first. */
  async observers(asked: readonly Window[]): Promise<Map<string, ShownObserver[]>> {
    const { rows } = await this.pool.query<ShownObserver & { key: string }>(
      `select key, process, coalesce(successes, 0) as successes, coalesce(failures, 0) as failures,
         stopped_until as "stoppedUntil"
       from (${OBSERVED}) as seen full join (
         select key, process, stopped_until from policy_stops where key = any($1) and stopped_until > clock_timestamp()
       ) as stopped using (key, process)
       order by latest desc nulls last, process`,
      parametersOf(asked),
    );
    return new Map(asked.map(({ key }) => [key, rows.filter((row) => row.key === key)]));
  }

  /** Outcomes of calls that have changed nothing: successes. */
  async add(process: string, outcomes: readonly Outcomes[]): Promise<void> {
    if (outcomes.length > 0) await addOutcomes(this.pool, process, outcomes);
  }

  /** Stores outcomes with at least one failure, and opens the circuit if its rules are met. */
  recordFault(process: string, outcomes: Outcomes, rules: BreakerRules): Promise<Verdict> {
    const { key } = outcomes;
    return inTransaction(this.pool, async (tx) => {
      const state = await lock(tx, key);
      await addOutcomes(tx, process, [outcomes]);
      if (state !== 'CLOSED') return 'CLOSED';
      const verdict = verdictOf(await observersOf(tx, [{ key, ...rules }]), process, rules);
      if (verdict === 'OPEN') await this.open(tx, key, rules.openSeconds);
      if (verdict === 'ALONE') await stop(tx, process, key, rules.openSeconds);
      return verdict;
    });
  }

  /** The right to make the one call that is tried; null when another has it, or it is too early. */
  async claimProbe(key: string, token: string, forMs: number): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<{ earlier: CircuitState }>(
        `with due as (
           select key, state from policy_circuits where key = $1 and (
             (state = 'OPEN' and retry_at <= clock_timestamp()) or
             (state = 'HALF_OPEN' and probe_expires_at <= clock_timestamp())
           ) for no key update)
         update policy_circuits c set state = 'HALF_OPEN', probe_token = $2, changed_at = clock_timestamp(),
           probe_expires_at = clock_timestamp() + $3 * interval '1 millisecond'
         from due where c.key = due.key returning due.state as earlier`,
        [key, token, forMs],
      );
      if (rows[0]?.earlier === 'OPEN') await this.changed(tx, key, 'HALF_OPEN');
      return rows.length > 0;
    });
  }

  /** Stores the result of a claimed probe; null: it was inconclusive, and another probe may be made at once. */
  async endProbe(key: string, token: string, succeeded: boolean | null, openSeconds: number): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      const { rowCount } = await tx.query(
        `select 1 from policy_circuits where key = $1 and state = 'HALF_OPEN' and probe_token = $2 for no key update`,
        [key, token],
      );
      if (rowCount === 0) return;
      if (succeeded === true) await this.close(tx, key);
      else await this.open(tx, key, succeeded === null ? 0 : openSeconds);
    });
  }

  /** Closes a circuit, whatever was seen; false when it was closed and nothing was counted. */
  reset(key: string): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const state = await lock(tx, key);
      const { rowCount } = await tx.query('delete from policy_outcomes where key = $1', [key]);
      const stops = await tx.query('delete from policy_stops where key = $1', [key]);
      const rates = await tx.query<{ held: boolean }>(
        'delete from policy_rates where key = $1 returning coalesce(held_until > clock_timestamp(), false) as held',
        [key],
      );
      if (state !== 'CLOSED') await this.close(tx, key);
      return (
        state !== 'CLOSED' || (rowCount ?? 0) > 0 || (stops.rowCount ?? 0) > 0 || rates.rows.some(({ held }) => held)
      );
    });
  }

  private async open(tx: PoolClient, key: string, seconds: number): Promise<void> {
    await tx.query(
      `update policy_circuits set state = 'OPEN', probe_token = null, probe_expires_at = null,
         opened_at = coalesce(opened_at, clock_timestamp()), changed_at = clock_timestamp(),
         retry_at = clock_timestamp() + $2 * interval '1 second'
       where key = $1`,
      [key, seconds],
    );
    await this.changed(tx, key, 'OPEN');
  }

  private async close(tx: PoolClient, key: string): Promise<void> {
    await tx.query(
      `update policy_circuits set state = 'CLOSED', probe_token = null, probe_expires_at = null, opened_at = null,
         retry_at = null, changed_at = clock_timestamp() where key = $1`,
      [key],
    );
    // Earlier outcomes do not count once the dependency works again.
    await tx.query('delete from policy_outcomes where key = $1', [key]);
    await tx.query('delete from policy_stops where key = $1', [key]);
    await this.changed(tx, key, 'CLOSED');
  }
}

/** Forgets everything of a dependency that is no more, in the transaction that removes it. */
export async function removePolicyState(tx: PoolClient, key: string): Promise<void> {
  for (const table of ['policy_circuits', 'policy_outcomes', 'policy_stops', 'policy_rates', 'policy_cache']) {
    await tx.query(`delete from ${table} where key = $1`, [key]);
  }
}

/** Removes up to so many outcomes that lie behind every window, stops that are over, and kept answers that have expired. */
export async function removeOldPolicyState(pool: Pool, limit: number): Promise<number> {
  const outcomes = await pool.query(
    `delete from policy_outcomes where ctid = any(array(
       select ctid from policy_outcomes where second < clock_timestamp() - interval '1 hour' limit $1))`,
    [limit],
  );
  const stops = await pool.query(
    `delete from policy_stops where ctid = any(array(
       select ctid from policy_stops where stopped_until < clock_timestamp() limit $1))`,
    [limit],
  );
  const answers = await pool.query(
    `delete from policy_cache where ctid = any(array(
       select ctid from policy_cache where expires_at < clock_timestamp() limit $1))`,
    [limit],
  );
  return Math.max(outcomes.rowCount ?? 0, stops.rowCount ?? 0, answers.rowCount ?? 0);
}

/** Makes the circuit's row when there is none, and holds it to the end of the transaction. */
async function lock(tx: PoolClient, key: string): Promise<CircuitState> {
  await tx.query('insert into policy_circuits (key) values ($1) on conflict do nothing', [key]);
  const sql = 'select state from policy_circuits where key = $1 for no key update';
  return (await tx.query<{ state: CircuitState }>(sql, [key])).rows[0]?.state ?? 'CLOSED';
}

type Querying = Pick<Pool, 'query'> | Pick<PoolClient, 'query'>;

/** What each process has seen; those that have stopped longer ago than the window have seen nothing. */
async function observersOf(on: Querying, asked: readonly Window[]): Promise<Observer[]> {
  return (await on.query<Observer>(OBSERVED, parametersOf(asked))).rows;
}

/** The process makes no more calls for a while; the circuit's row is held. */
async function stop(tx: PoolClient, process: string, key: string, seconds: number): Promise<void> {
  await tx.query(
    `insert into policy_stops (key, process, stopped_until)
     values ($1, $2, clock_timestamp() + $3 * interval '1 second')
     on conflict (key, process) do update set stopped_until = excluded.stopped_until`,
    [key, process, seconds],
  );
}

async function addOutcomes(on: Querying, process: string, outcomes: readonly Outcomes[]): Promise<void> {
  await on.query(
    `insert into policy_outcomes as o (key, process, second, successes, failures)
     select key, $1, date_trunc('second', clock_timestamp()), successes, failures
     from unnest($2::text[], $3::int[], $4::int[]) as n(key, successes, failures)
     on conflict (key, process, second) do update
       set successes = o.successes + excluded.successes, failures = o.failures + excluded.failures`,
    [process, outcomes.map(({ key }) => key), outcomes.map((o) => o.successes), outcomes.map((o) => o.failures)],
  );
}
