import { CLASS_RATIO } from './durations.ts';

// Counts are maps of whole numbers (`{"41": 3}`), so that sums of them are computed in one way: histograms of durations by
// their class (durations.ts), and how many executions ended on a day by `<day> <status>`.

/** The class of the duration `ms`. */
const CLASS = `greatest(0, ceil(ln(greatest(ms, 1)) / ln(${CLASS_RATIO}::double precision)))::int::text`;

/**
 * After a CTE `changes` of rows of `workflow_stats_changes`: what they add to the figures of each day, as `of_days`, and
 * to those of each step on a day, as `of_steps`.
 */
export const SUMMED_CHANGES = `
  sums as (
    select workflow_id, day, max(owner_id) as owner_id, sum(started)::int as started,
           (coalesce(sum(sign) filter (where status = 'COMPLETED'), 0))::int as completed,
           (coalesce(sum(sign) filter (where status = 'FAILED'), 0))::int as failed,
           (coalesce(sum(sign) filter (where status = 'CANCELLED'), 0))::int as cancelled,
           (coalesce(sum(sign * ms) filter (where status = 'COMPLETED'), 0))::double precision as duration_ms,
           (coalesce(sum(sign) filter (where waited_ms is not null), 0))::int as waited,
           (coalesce(sum(sign * waited_ms), 0))::double precision as waited_ms,
           (coalesce(sum(sign * retries), 0))::int as retries, sum(cost_usd) as cost_usd
    from changes group by workflow_id, day
  ), counted as (
    select 'durations' as kind, workflow_id, day, ${CLASS} as key, sum(sign)::int as n
    from changes where status = 'COMPLETED' group by workflow_id, day, ${CLASS}
    union all
    select 'waits', workflow_id, day, key, sum(sign)::int
    from (select workflow_id, day, sign, waited_ms as ms from changes where waited_ms is not null) waiting
    cross join lateral (select ${CLASS} as key) classed
    group by workflow_id, day, key
    union all
    select 'ended', workflow_id, day, to_char(ended_on, 'YYYY-MM-DD') || ' ' || status, sum(sign)::int
    from changes where status is not null group by workflow_id, day, ended_on, status
  ), maps as (
    select workflow_id, day,
           coalesce(jsonb_object_agg(key, n) filter (where kind = 'durations' and n <> 0), '{}') as durations,
           coalesce(jsonb_object_agg(key, n) filter (where kind = 'waits' and n <> 0), '{}') as waits,
           coalesce(jsonb_object_agg(key, n) filter (where kind = 'ended' and n <> 0), '{}') as ended
    from counted group by workflow_id, day
  ), of_days as (
    select sums.*, coalesce(durations, '{}') as durations, coalesce(waits, '{}') as waits,
           coalesce(ended, '{}') as ended
    from sums left join maps using (workflow_id, day)
  ), steps as (
    select c.workflow_id, c.owner_id, c.day, c.sign, s.id as step_id, s.ms, s.retries, s.failed, s.cost
    from changes c
    cross join lateral jsonb_to_recordset(c.steps) s(id text, ms double precision, retries int, failed boolean, cost numeric)
  ), step_classes as (
    select workflow_id, step_id, day, jsonb_object_agg(key, n) as durations
    from (
      select workflow_id, step_id, day, ${CLASS} as key, sum(sign)::int as n
      from steps where ms is not null group by workflow_id, step_id, day, ${CLASS}
    ) classed
    where n <> 0 group by workflow_id, step_id, day
  ), step_sums as (
    select s.workflow_id, s.step_id, s.day, max(s.owner_id) as owner_id,
           (coalesce(sum(sign) filter (where ms is not null), 0))::int as completed,
           (coalesce(sum(sign) filter (where failed), 0))::int as failed,
           (coalesce(sum(sign * ms), 0))::double precision as duration_ms,
           (coalesce(sum(sign * retries), 0))::int as retries, coalesce(sum(cost), 0) as cost_usd
    from steps s group by s.workflow_id, s.step_id, s.day
  ), of_steps as (
    select step_sums.*, coalesce(durations, '{}') as durations
    from step_sums left join step_classes using (workflow_id, step_id, day)
  )`;

/** Whose figures: `$1` from then on, `$2` of these workflows each by itself. */
const OF_WORKFLOWS = 'day >= $1 and workflow_id = any($2::text[])';
/** `$2` the owner of workflows, null for all together. */
const OF_OWNER = 'day >= $1 and ($2::text is null or owner_id = $2)';

/** What was summed already, and what was not yet. Each change is in one of them, as all of a statement is read at one time. */
const DAYS_OF_WORKFLOWS = `
  with changes as (select * from workflow_stats_changes where ${OF_WORKFLOWS}), ${SUMMED_CHANGES}, days as (
    select workflow_id as key, * from (
      select workflow_id, day, started, completed, failed, cancelled, duration_ms, waited, waited_ms, retries,
             durations, waits, ended, cost_usd
      from workflow_stats_days where ${OF_WORKFLOWS}
      union all
      select workflow_id, day, started, completed, failed, cancelled, duration_ms, waited, waited_ms, retries,
             durations, waits, ended, cost_usd
      from of_days
    ) both_parts
  )`;
const DAYS_OF_OWNER = `
  with changes as (select * from workflow_stats_changes where ${OF_OWNER}), ${SUMMED_CHANGES}, days as (
    select 'all' as key, * from (
      select workflow_id, day, started, completed, failed, cancelled, duration_ms, waited, waited_ms, retries,
             durations, waits, ended, cost_usd
      from workflow_stats_days where ${OF_OWNER}
      union all
      select workflow_id, day, started, completed, failed, cancelled, duration_ms, waited, waited_ms, retries,
             durations, waits, ended, cost_usd
      from of_days
    ) both_parts
  )`;

const TOTALS = `, merged as (
    select key, kind, name, sum(n)::int as n from (
      select days.key, 'durations' as kind, each.key as name, each.value::int as n from days, jsonb_each_text(durations) each
      union all
      select days.key, 'waits', each.key, each.value::int from days, jsonb_each_text(waits) each
      union all
      select days.key, 'ended', each.key, each.value::int from days, jsonb_each_text(ended) each
    ) every group by key, kind, name
  ), of_maps as (
    select key, jsonb_object_agg(name, n) filter (where kind = 'durations' and n > 0) as durations,
           jsonb_object_agg(name, n) filter (where kind = 'waits' and n > 0) as waits,
           jsonb_object_agg(name, n) filter (where kind = 'ended' and n > 0) as ended
    from merged group by key
  ), by_day as (
    select key, jsonb_object_agg(day, n) as started, jsonb_object_agg(day, cost) as costs from (
      select key, to_char(day, 'YYYY-MM-DD') as day, sum(started)::int as n, sum(cost_usd) as cost
      from days group by key, 2
    ) daily group by key
  )
  select d.key, sum(d.started)::int as started, sum(d.completed)::int as completed, sum(d.failed)::int as failed,
         sum(d.cancelled)::int as cancelled, sum(d.duration_ms) as "durationMs", sum(d.waited)::int as waited,
         sum(d.waited_ms) as "waitedMs", sum(d.retries)::int as retries, sum(d.cost_usd)::float8 as "costUsd",
         coalesce((select durations from of_maps m where m.key = d.key), '{}') as durations,
         coalesce((select waits from of_maps m where m.key = d.key), '{}') as waits,
         coalesce((select ended from of_maps m where m.key = d.key), '{}') as ended,
         coalesce((select b.started from by_day b where b.key = d.key), '{}') as "startedByDay",
         coalesce((select b.costs from by_day b where b.key = d.key), '{}') as "costByDay"
  from days d group by d.key`;

export const TOTALS_OF_WORKFLOWS = DAYS_OF_WORKFLOWS + TOTALS;
export const TOTALS_OF_OWNER = DAYS_OF_OWNER + TOTALS;

/** The steps with the longest mean duration: of each key, `$3` of them. */
const SLOWEST = `, by_step as (
    select key, workflow_id, step_id, sum(completed)::int as completed, sum(failed)::int as failed,
           sum(duration_ms) as duration_ms, sum(retries)::int as retries, sum(cost_usd) as cost_usd
    from parts group by key, workflow_id, step_id
  ), placed as (
    select *, row_number() over (partition by key order by duration_ms / completed desc, workflow_id, step_id) as place
    from by_step where completed > 0
  ), listed as (
    select * from placed where place <= $3
  ), merged as (
    select key, workflow_id, step_id, jsonb_object_agg(name, n) filter (where n > 0) as durations from (
      select parts.key, parts.workflow_id, parts.step_id, each.key as name, sum(each.value::int)::int as n
      from listed join parts using (key, workflow_id, step_id), jsonb_each_text(parts.durations) each
      group by parts.key, parts.workflow_id, parts.step_id, each.key
    ) every group by key, workflow_id, step_id
  )
  select key, workflow_id as "workflowId", step_id as "stepId", completed, failed, duration_ms as "durationMs", retries,
         cost_usd::float8 as "costUsd", coalesce(merged.durations, '{}') as durations
  from listed left join merged using (key, workflow_id, step_id)
  order by duration_ms / completed desc, workflow_id, step_id`;

export const SLOWEST_OF_WORKFLOWS = `
  with changes as (select * from workflow_stats_changes where ${OF_WORKFLOWS}), ${SUMMED_CHANGES}, parts as (
    select workflow_id as key, workflow_id, step_id, completed, failed, duration_ms, retries, durations, cost_usd
    from workflow_stats_steps where ${OF_WORKFLOWS}
    union all
    select workflow_id, workflow_id, step_id, completed, failed, duration_ms, retries, durations, cost_usd from of_steps
  )${SLOWEST}`;
export const SLOWEST_OF_OWNER = `
  with changes as (select * from workflow_stats_changes where ${OF_OWNER}), ${SUMMED_CHANGES}, parts as (
    select 'all' as key, workflow_id, step_id, completed, failed, duration_ms, retries, durations, cost_usd
    from workflow_stats_steps where ${OF_OWNER}
    union all
    select 'all', workflow_id, step_id, completed, failed, duration_ms, retries, durations, cost_usd from of_steps
  )${SLOWEST}`;

/** `$1` changes at most, the oldest first, are added to the figures of their days, and are gone. Those of deleted workflows only go. */
export const SUM_UP = `
  with oldest as (
    select id from workflow_stats_changes order by id limit $1 for update skip locked
  ), taken as (
    delete from workflow_stats_changes c using oldest where c.id = oldest.id returning c.*
  ), changes as (
    select taken.* from taken join workflows on workflows.id = taken.workflow_id
  ), ${SUMMED_CHANGES}, added_days as (
    insert into workflow_stats_days as d (workflow_id, day, owner_id, started, completed, failed, cancelled, duration_ms,
                                           waited, waited_ms, retries, durations, waits, ended, cost_usd)
    select workflow_id, day, owner_id, started, completed, failed, cancelled, duration_ms, waited, waited_ms, retries,
           durations, waits, ended, cost_usd
    from of_days order by workflow_id, day
    on conflict (workflow_id, day) do update
    set started = d.started + excluded.started, completed = d.completed + excluded.completed,
        failed = d.failed + excluded.failed, cancelled = d.cancelled + excluded.cancelled,
        duration_ms = d.duration_ms + excluded.duration_ms, waited = d.waited + excluded.waited,
        waited_ms = d.waited_ms + excluded.waited_ms, retries = d.retries + excluded.retries,
        durations = workflow_stats_sum(d.durations, excluded.durations),
        waits = workflow_stats_sum(d.waits, excluded.waits), ended = workflow_stats_sum(d.ended, excluded.ended),
        cost_usd = d.cost_usd + excluded.cost_usd
  ), added_steps as (
    insert into workflow_stats_steps as s (workflow_id, step_id, day, owner_id, completed, failed, duration_ms, retries,
                                           durations, cost_usd)
    select workflow_id, step_id, day, owner_id, completed, failed, duration_ms, retries, durations, cost_usd
    from of_steps order by workflow_id, step_id, day
    on conflict (workflow_id, step_id, day) do update
    set completed = s.completed + excluded.completed, failed = s.failed + excluded.failed,
        duration_ms = s.duration_ms + excluded.duration_ms, retries = s.retries + excluded.retries,
        durations = workflow_stats_sum(s.durations, excluded.durations), cost_usd = s.cost_usd + excluded.cost_usd
  )
  select count(*)::int as taken from taken`;
