/** How many of the last executions of an agent say how well, and how fast, it works. */
const LAST = 20;

/**
 * How an agent `a` stands now, over all processes and by the time of the database: `v.running`, `v.queued`, `v.circuit`, `v.load` (0
 * to 1, of its places or as it tells itself, whichever is more), and `v.state`.
 */
export const LIVE_STATE = `
  cross join lateral (
    select count(*) filter (where e.status = 'RUNNING')::int as running, count(*) filter (where e.status = 'QUEUED')::int as queued
    from agent_executions e where e.agent_id = a.id and e.status in ('RUNNING', 'QUEUED')
  ) w
  left join policy_circuits c on c.key = a.id
  cross join lateral (
    select w.running, w.queued,
      case when c.state = 'OPEN' and c.retry_at <= clock_timestamp() then 'HALF_OPEN' else coalesce(c.state, 'CLOSED') end as circuit,
      a.heartbeat and coalesce(a.heartbeat_expires_at, '-infinity') <= clock_timestamp() as missing,
      least(1, greatest(w.running::float8 / a.concurrency_limit,
        case when a.heartbeat_expires_at > clock_timestamp() then a.heartbeat_load else 0 end)) as load
  ) l
  cross join lateral (
    select l.*, case
      when a.status = 'INACTIVE' then 'INACTIVE'
      when a.status = 'ERROR' then 'UNHEALTHY'
      when l.missing then 'MISSING'
      when l.circuit = 'OPEN' and jsonb_array_length(coalesce(a.configuration -> 'fallbacks', '[]')) = 0 then 'CIRCUIT_OPEN'
      when l.load >= 1 then 'BUSY'
      else 'AVAILABLE' end as state
  ) v`;

/** What the last executions of `a` say: `p.ended`, `p.completed`, and `p.ms`, how long one takes on the average. */
export const LAST_EXECUTIONS = `
  cross join lateral (
    select count(*)::int as ended, (count(*) filter (where x.status = 'COMPLETED'))::int as completed,
      avg(extract(epoch from x.completed_at - x.started_at) * 1000)::float8 as ms
    from (
      select e.status, e.started_at, e.completed_at from agent_executions e
      where e.agent_id = a.id and e.completed_at is not null and e.status in ('COMPLETED', 'FAILED')
      order by e.completed_at desc limit ${LAST}
    ) x
  ) p`;
