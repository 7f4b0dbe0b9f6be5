import type { Viewer } from '@flowmesh/platform/access';
import { onlyRow, SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { visibleSql } from '../contexts/context-access.ts';
import type { Worker } from '../contexts/workers.ts';

/** Of which time, and of which agent and workflow only; null: of all, and of what people do themselves. */
export interface AnalyticsRange extends Worker {
  readonly from: Date;
  readonly to: Date;
}

export interface ContextAnalytics {
  readonly reads: number;
  readonly changes: number;
  readonly days: { readonly day: string; readonly reads: number }[];
  readonly readers: (Worker & { readonly readerId: string; readonly reads: number })[];
  readonly writers: (Worker & { readonly authorId: string; readonly changes: number })[];
  readonly layers: { readonly layerId: string; readonly reads: number }[];
}

export interface AnalyticsSummary {
  readonly contexts: number;
  readonly activeContexts: number;
  readonly layers: number;
  readonly sizeBytes: number;
  readonly reads: number;
  readonly types: { readonly type: string; readonly contexts: number }[];
}

export interface Trend {
  readonly start: Date;
  readonly created: number;
  readonly changes: number;
  readonly reads: number;
}

export type Interval = 'DAY' | 'WEEK' | 'MONTH';

const UTC = `at time zone 'utc'`;
const PIECES: Readonly<Record<Interval, { readonly unit: string; readonly step: string }>> = {
  DAY: { unit: 'day', step: '1 day' },
  WEEK: { unit: 'week', step: '7 days' },
  MONTH: { unit: 'month', step: '1 month' },
};

/** Figures about contexts, made by the database. Times are from `from` up to `to`; days, weeks and months are those of UTC. */
export class AnalyticsStore {
  constructor(private readonly pool: Pool) {}

  async ofContext(contextId: string, { from, to, agentId, workflowId }: AnalyticsRange): Promise<ContextAnalytics> {
    const { rows } = await this.pool.query<ContextAnalytics>(
      `with a as (
         select * from context_accesses
         where context_id = $1 and day >= ($2::timestamptz ${UTC})::date and day < $3::timestamptz ${UTC}
           and agent_id = coalesce($4, agent_id) and workflow_id = coalesce($5, workflow_id)
       ), v as (
         select author_id, agent_id, workflow_id from context_versions
         where context_id = $1 and created_at >= $2 and created_at < $3
           and ($4::text is null or agent_id = $4) and ($5::text is null or workflow_id = $5)
       )
       select
         coalesce((select sum(count) from a), 0)::float8 as reads,
         (select count(*)::int from v) as changes,
         (select coalesce(json_agg(json_build_object('day', d.day::date, 'reads', coalesce(s.reads, 0)) order by d.day), '[]')
          from generate_series(($2::timestamptz ${UTC})::date, $3::timestamptz ${UTC} - interval '1 ms', interval '1 day') d(day)
          left join (select day, sum(count)::float8 as reads from a group by day) s on s.day = d.day) as days,
         (select coalesce(json_agg(r), '[]') from (
            select reader_id as "readerId", nullif(agent_id, '') as "agentId", nullif(workflow_id, '') as "workflowId",
              sum(count)::float8 as reads
            from a group by reader_id, agent_id, workflow_id order by reads desc, reader_id, agent_id, workflow_id limit 100
          ) r) as readers,
         (select coalesce(json_agg(w), '[]') from (
            select author_id as "authorId", agent_id as "agentId", workflow_id as "workflowId", count(*)::int as changes
            from v group by author_id, agent_id, workflow_id
            order by changes desc, author_id, agent_id nulls first, workflow_id nulls first limit 100
          ) w) as writers,
         (select coalesce(json_agg(json_build_object('layerId', l.layer_id, 'reads', l.reads) order by l.reads desc, l.layer_id), '[]')
          from (select layer_id, sum(count)::float8 as reads from a where layer_id <> '' group by 1 order by 2 desc, 1 limit 50) l) as layers`,
      [contextId, from, to, agentId, workflowId],
    );
    return onlyRow(rows);
  }

  async summary(viewer: Viewer): Promise<AnalyticsSummary> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<AnalyticsSummary>(
      `with seen as (
         select c.type, c.status, c.layer_count, c.size_bytes, c.access_count from contexts c
         where c.status <> 'DELETED' and ${visibleSql(viewer, parameters)}
       )
       select count(*)::int as contexts, (count(*) filter (where status = 'ACTIVE'))::int as "activeContexts",
         coalesce(sum(layer_count), 0)::float8 as layers, coalesce(sum(size_bytes), 0)::float8 as "sizeBytes",
         coalesce(sum(access_count), 0)::float8 as reads,
         (select coalesce(json_agg(json_build_object('type', t.type, 'contexts', t.contexts) order by t.contexts desc, t.type), '[]')
          from (select type, count(*)::int as contexts from seen group by type order by 2 desc, 1 limit 100) t) as types
       from seen`,
      parameters.values,
    );
    return onlyRow(rows);
  }

  async trends(viewer: Viewer, from: Date, to: Date, interval: Interval): Promise<Trend[]> {
    const parameters = new SqlParameters();
    const begin = `(${parameters.add(from)}::timestamptz)`;
    const end = `(${parameters.add(to)}::timestamptz)`;
    const { unit, step } = PIECES[interval];
    const { rows } = await this.pool.query<Trend>(
      `with seen as (select c.id, c.created_at from contexts c where ${visibleSql(viewer, parameters)}),
       pieces as (
         select p as start
         from generate_series(date_trunc('${unit}', ${begin} ${UTC}), ${end} ${UTC} - interval '1 ms', interval '${step}') p
       ),
       created as (
         select date_trunc('${unit}', created_at ${UTC}) as start, count(*)::int as count from seen
         where created_at >= ${begin} and created_at < ${end} group by 1
       ),
       changes as (
         select date_trunc('${unit}', v.created_at ${UTC}) as start, count(*)::int as count
         from context_versions v join seen on seen.id = v.context_id
         where v.created_at >= ${begin} and v.created_at < ${end} group by 1
       ),
       reads as (
         select date_trunc('${unit}', a.day::timestamp) as start, sum(a.count)::float8 as count
         from context_accesses a join seen on seen.id = a.context_id
         where a.day >= (${begin} ${UTC})::date and a.day < ${end} ${UTC} group by 1
       )
       select pieces.start ${UTC} as start, coalesce(created.count, 0) as created,
              coalesce(changes.count, 0) as changes, coalesce(reads.count, 0) as reads
       from pieces left join created using (start) left join changes using (start) left join reads using (start)
       order by 1`,
      parameters.values,
    );
    return rows;
  }
}
