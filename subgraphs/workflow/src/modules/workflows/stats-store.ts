import type { Pool } from 'pg';

/** Whose executions are counted: of these workflows each by itself, or of all workflows an owner has, or of all. */
export type StatsScope = { readonly workflowIds: readonly string[] } | { readonly ownerId: string | null };

export interface TotalsRow {
  readonly key: string;
  readonly total: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly average: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface DayRow {
  readonly key: string;
  /** `2026-01-31`, UTC. */
  readonly day: string;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
}

export interface StepRow {
  readonly key: string;
  readonly workflowId: string;
  readonly stepId: string;
  readonly executions: number;
  readonly average: number;
  readonly p95: number;
}

/** Of all workflows together. */
export const ALL = 'all';

const SLOWEST = 10;

/** Figures of executions created since `from`, computed by the database. */
export class StatsStore {
  constructor(private readonly pool: Pool) {}

  async totals(scope: StatsScope, from: Date): Promise<TotalsRow[]> {
    return this.query<TotalsRow>(
      scope,
      from,
      `select key, count(*)::int as total,
              (count(*) filter (where status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING')))::int as active,
              (count(*) filter (where status = 'COMPLETED'))::int as completed,
              (count(*) filter (where status = 'FAILED'))::int as failed,
              (count(*) filter (where status = 'CANCELLED'))::int as cancelled,
              avg(ms) filter (where status = 'COMPLETED') as average,
              percentile_cont(0.5) within group (order by ms) filter (where status = 'COMPLETED') as p50,
              percentile_cont(0.95) within group (order by ms) filter (where status = 'COMPLETED') as p95
       from e group by key`,
    );
  }

  /** Days on which something happened. */
  async days(scope: StatsScope, from: Date): Promise<DayRow[]> {
    return this.query<DayRow>(
      scope,
      from,
      `select key, to_char(day, 'YYYY-MM-DD') as day, sum(started)::int as started, sum(completed)::int as completed,
              sum(failed)::int as failed
       from (
         select key, (created_at at time zone 'UTC')::date as day, 1 as started, 0 as completed, 0 as failed from e
         union all
         select key, (completed_at at time zone 'UTC')::date, 0, (status = 'COMPLETED')::int, (status = 'FAILED')::int
         from e where completed_at is not null
       ) happened group by key, day`,
    );
  }

  /** Steps by their average duration, the slowest first. */
  async slowest(scope: StatsScope, from: Date): Promise<StepRow[]> {
    return this.query<StepRow>(
      scope,
      from,
      `select key, workflow_id as "workflowId", step_id as "stepId", executions, average, p95 from (
         select *, row_number() over (partition by key order by average desc, workflow_id, step_id) as place from (
           select e.key, e.workflow_id, s.step_id, count(*)::int as executions,
                  avg(s.ms)::double precision as average, percentile_cont(0.95) within group (order by s.ms) as p95
           from e join lateral (
             select step_id, (extract(epoch from completed_at - started_at) * 1000)::double precision as ms
             from workflow_step_executions
             where execution_id = e.id and status = 'COMPLETED' and started_at is not null
           ) s on true
           group by e.key, e.workflow_id, s.step_id
         ) measured
       ) placed where place <= ${SLOWEST} order by average desc, workflow_id, step_id`,
    );
  }

  private async query<Row extends object>(scope: StatsScope, from: Date, select: string): Promise<Row[]> {
    const byWorkflow = 'workflowIds' in scope;
    const condition = byWorkflow ? 'workflow_id = any($2::text[])' : '($2::text is null or owner_id = $2)';
    const { rows } = await this.pool.query<Row>(
      `with e as (
         select id, workflow_id, ${byWorkflow ? 'workflow_id' : `'${ALL}'`} as key, status, created_at, completed_at,
                (extract(epoch from completed_at - started_at) * 1000)::double precision as ms
         from workflow_executions where created_at >= $1 and ${condition}
       ) ${select}`,
      [from, byWorkflow ? scope.workflowIds : scope.ownerId],
    );
    return rows;
  }
}
