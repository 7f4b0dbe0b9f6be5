import { SqlConditions, SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import type { SpendArguments, SpendDimension } from './budget-input.ts';

export interface SpendFigures {
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly costUsd: number;
  readonly seconds: number;
}

export interface SpendGroup extends SpendFigures {
  readonly key: string;
}

type Wanted = Pick<SpendArguments, 'from' | 'to' | 'filter'> & { readonly visibleTo: string | null };

/** What groups are named by, for each `SpendDimension`; calls without one are in no group. */
const KEY = `
  when 'AGENT' then e.agent_id
  when 'AGENT_EXECUTION' then e.id
  when 'WORKFLOW' then e.workflow_id
  when 'WORKFLOW_EXECUTION' then e.workflow_execution_id
  when 'USER' then e.started_by_id
  when 'MODEL' then case c.kind when 'MODEL' then c.name end
  when 'DAY' then to_char(c.started_at at time zone 'UTC', 'YYYY-MM-DD')
  end`;

const FIGURES = `
  (count(*) filter (where c.kind = 'MODEL'))::int as "modelCalls", (count(*) filter (where c.kind = 'TOOL'))::int as "toolCalls",
  coalesce(sum(c.input_tokens), 0)::float8 as "inputTokens", coalesce(sum(c.output_tokens), 0)::float8 as "outputTokens",
  coalesce(sum(c.total_tokens), 0)::float8 as "totalTokens", coalesce(sum(c.cost_usd), 0)::float8 as "costUsd",
  coalesce(sum(c.latency_ms), 0)::float8 / 1000 as seconds`;
const FROM = 'agent_execution_calls c join agent_executions e on e.id = c.execution_id';

function condition({ from, to, filter, visibleTo }: Wanted, parameters: SqlParameters): string {
  return new SqlConditions(parameters)
    .add((time) => `c.started_at >= ${time}`, from)
    .add((time) => `c.started_at < ${time}`, to)
    .add((viewer) => `(e.started_by_id = ${viewer} or e.agent_owner_id = ${viewer})`, visibleTo)
    .add((id) => `e.agent_id = ${id}`, filter?.agentId)
    .add((id) => `e.id = ${id}`, filter?.agentExecutionId)
    .add((id) => `e.workflow_id = ${id}`, filter?.workflowId)
    .add((id) => `e.workflow_execution_id = ${id}`, filter?.workflowExecutionId)
    .add((id) => `e.started_by_id = ${id}`, filter?.userId)
    .toString();
}

/** What calls have taken, as it is recorded with them. */
export class SpendStore {
  constructor(private readonly pool: Pool) {}

  async total(wanted: Wanted): Promise<SpendFigures> {
    const parameters = new SqlParameters();
    const sql = `select ${FIGURES} from ${FROM} where ${condition(wanted, parameters)}`;
    return (await this.pool.query<SpendFigures>(sql, parameters.values)).rows[0] as SpendFigures;
  }

  /** The most expensive first, days the latest first; at most `first` of `count`. */
  async groups(by: SpendDimension, first: number, wanted: Wanted): Promise<{ groups: SpendGroup[]; count: number }> {
    const parameters = new SqlParameters();
    const order = by === 'DAY' ? 'key desc' : '"costUsd" desc, "totalTokens" desc, key';
    const key = `(select case (${parameters.add(by)}::text) ${KEY} as key)`;
    const sql = `select g.*, (count(*) over ())::int as count from (
         select k.key, ${FIGURES} from ${FROM} cross join lateral ${key} k
         where ${condition(wanted, parameters)} and k.key is not null group by k.key
       ) g order by ${order} limit ${parameters.add(first)}`;
    const { rows } = await this.pool.query<SpendGroup & { count: number }>(sql, parameters.values);
    return { groups: rows, count: rows[0]?.count ?? 0 };
  }
}
