import type { Pool } from 'pg';
import type { OnLimit, WorkflowLimits } from './limit-record.ts';

interface Row {
  readonly workflow_id: string;
  readonly max_running: number | null;
  readonly running_key: string | null;
  readonly on_limit: OnLimit;
  readonly max_begun: number | null;
  readonly per_seconds: number | null;
  readonly begun_key: string | null;
}

/** The limits of workflows that have some. */
export class LimitStore {
  constructor(private readonly pool: Pool) {}

  async findMany(workflowIds: readonly string[]): Promise<Map<string, WorkflowLimits>> {
    const { rows } = await this.pool.query<Row>(
      `select workflow_id, max_running, running_key, on_limit::text, max_begun, per_seconds, begun_key
       from workflow_limits
       where workflow_id = any($1::text[]) and (max_running is not null or max_begun is not null)`,
      [workflowIds],
    );
    return new Map(rows.map((row) => [row.workflow_id, toLimits(row)]));
  }

  async find(workflowId: string): Promise<WorkflowLimits | null> {
    return (await this.findMany([workflowId])).get(workflowId) ?? null;
  }

  /** False when the workflow is gone. */
  async set(workflowId: string, { concurrency, rateLimit }: WorkflowLimits): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `insert into workflow_limits (workflow_id, max_running, running_key, on_limit, max_begun, per_seconds, begun_key)
       select id, $2, $3, $4::workflow_on_limit, $5, $6, $7 from workflows where id = $1
       on conflict (workflow_id) do update
       set max_running = excluded.max_running, running_key = excluded.running_key, on_limit = excluded.on_limit,
           max_begun = excluded.max_begun, per_seconds = excluded.per_seconds, begun_key = excluded.begun_key`,
      [
        workflowId,
        concurrency?.limit ?? null,
        concurrency?.key ?? null,
        concurrency?.onLimit ?? 'QUEUE',
        rateLimit?.limit ?? null,
        rateLimit?.perSeconds ?? null,
        rateLimit?.key ?? null,
      ],
    );
    return rowCount === 1;
  }
}

const toLimits = (row: Row): WorkflowLimits => ({
  concurrency:
    row.max_running === null ? null : { limit: row.max_running, key: row.running_key, onLimit: row.on_limit },
  rateLimit:
    row.max_begun === null || row.per_seconds === null
      ? null
      : { limit: row.max_begun, perSeconds: row.per_seconds, key: row.begun_key },
});
