import type { Pool } from 'pg';
import type { Durations } from './durations.ts';
import {
  SLOWEST_OF_OWNER,
  SLOWEST_OF_WORKFLOWS,
  SUM_UP,
  TOTALS_OF_OWNER,
  TOTALS_OF_WORKFLOWS,
} from './stats-statements.ts';

/** Whose executions are counted: of these workflows each by itself, or of all workflows an owner has, or of all. */
export type StatsScope = { readonly workflowIds: readonly string[] } | { readonly ownerId: string | null };

export interface TotalsRow {
  readonly key: string;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Of all that completed together. */
  readonly durationMs: number;
  /** How many have begun work, and how long they waited for it together. */
  readonly waited: number;
  readonly waitedMs: number;
  readonly retries: number;
  readonly durations: Durations;
  readonly waits: Durations;
  /** How many ended, by `<day> <status>`. */
  readonly ended: Readonly<Record<string, number>>;
  /** By `2026-01-31`, UTC. */
  readonly startedByDay: Readonly<Record<string, number>>;
  /** Of agents in this time, whenever their executions were created. */
  readonly costUsd: number;
  readonly costByDay: Readonly<Record<string, number>>;
}

export interface StepRow {
  readonly key: string;
  readonly workflowId: string;
  readonly stepId: string;
  readonly completed: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly retries: number;
  readonly costUsd: number;
  readonly durations: Durations;
}

/** Of all workflows together. */
export const ALL = 'all';

/** Figures by the UTC day on which executions were created. Their cost grows with the days, not with the executions. */
export class StatsStore {
  constructor(private readonly pool: Pool) {}

  /** Of executions that were created since the UTC day `from`, e.g. `2026-01-31`. */
  async totals(scope: StatsScope, from: string): Promise<TotalsRow[]> {
    const { rows } =
      'workflowIds' in scope
        ? await this.pool.query<TotalsRow>(TOTALS_OF_WORKFLOWS, [from, scope.workflowIds])
        : await this.pool.query<TotalsRow>(TOTALS_OF_OWNER, [from, scope.ownerId]);
    return rows;
  }

  /** Steps by their mean duration, the slowest first: `limit` of each key. */
  async slowest(scope: StatsScope, from: string, limit: number): Promise<StepRow[]> {
    const { rows } =
      'workflowIds' in scope
        ? await this.pool.query<StepRow>(SLOWEST_OF_WORKFLOWS, [from, scope.workflowIds, limit])
        : await this.pool.query<StepRow>(SLOWEST_OF_OWNER, [from, scope.ownerId, limit]);
    return rows;
  }

  /** Adds up to `limit` changes to the figures of their days. Gives how many; safe to run in several processes at once. */
  async sumUp(limit: number): Promise<number> {
    const { rows } = await this.pool.query<{ taken: number }>(SUM_UP, [limit]);
    return rows[0]?.taken ?? 0;
  }

  /** Removes at most `limit` days that nobody can ask for any more. */
  async removeOld(days: number, limit: number): Promise<number> {
    const { rowCount: totals } = await this.pool.query(
      `delete from workflow_stats_days where (workflow_id, day) in (
         select workflow_id, day from workflow_stats_days where day < (now() at time zone 'UTC')::date - $1::int
         order by day limit $2)`,
      [days, limit],
    );
    const { rowCount: steps } = await this.pool.query(
      `delete from workflow_stats_steps where (workflow_id, step_id, day) in (
         select workflow_id, step_id, day from workflow_stats_steps where day < (now() at time zone 'UTC')::date - $1::int
         order by day limit $2)`,
      [days, limit],
    );
    return Math.max(totals ?? 0, steps ?? 0);
  }
}
