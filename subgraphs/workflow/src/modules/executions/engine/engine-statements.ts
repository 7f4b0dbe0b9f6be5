// Prepared once per connection: each has a name and always the same text. Lists travel as one JSON parameter.

const LOCKED = `
  id, workflow_id, workflow_version, owner_id, started_by_id, request_id, status, error, event_seq, created_at, started_at,
  completed_at, parent_execution_id, parent_step_id, scope, starter_scopes, starter_role_ids, starter_key_id,
  root_execution_id, item_index, compensation_status, parts_begun, start_gate::text, log_seq`;

export const LOCK_EXECUTIONS = {
  name: 'engine-lock',
  text: `select ${LOCKED} from workflow_executions
         where id = any($1::text[])
         order by id
         for no key update`,
};

/** With those that somebody started, of which the ones in $2 are a part. */
export const LOCK_WITH_ROOTS = {
  name: 'engine-lock-with-roots',
  text: `select ${LOCKED} from workflow_executions
         where id = any(array(select unnest($1::text[])
           union select root_execution_id from workflow_executions where id = any($2::text[]) and root_execution_id is not null))
         order by id
         for no key update`,
};

export const READ_STEPS = {
  name: 'engine-steps',
  text: `select execution_id, step_id, step_type, status, result_bytes, error, attempts, generation, failures, recoveries, waits, faults,
                waiting_for, waiting_since, waiting_reason, context_version, context_written, unwritten, agent_execution_id, agent_stops,
                agent_checked_at, agent_unheard_since, children_total, children_completed, children_failed, ready_at, wake_at,
                deadline_at, lease_token, lease_expires_at, started_at, completed_at, clock_timestamp() as now
         from workflow_step_executions
         where execution_id = any($1::text[])`,
};

export const WRITE_STEPS = {
  name: 'engine-write-steps',
  text: `update workflow_step_executions s
         set status = c.status, error = nullif(c.error, 'null'), attempts = c.attempts, generation = c.generation,
             failures = c.failures, recoveries = c.recoveries, waits = c.waits, faults = c.faults,
             waiting_for = c.waiting_for, waiting_since = c.waiting_since, waiting_reason = c.waiting_reason,
             context_version = c.context_version, context_written = c.context_written, unwritten = c.unwritten,
             agent_execution_id = c.agent_execution_id,
             agent_stops = c.agent_stops, agent_checked_at = c.agent_checked_at,
             agent_unheard_since = c.agent_unheard_since, children_total = c.children_total,
             children_completed = c.children_completed, children_failed = c.children_failed,
             items = case when c.has_items then nullif(c.items, 'null') else s.items end,
             ready_at = c.ready_at, wake_at = c.wake_at, deadline_at = c.deadline_at, lease_token = c.lease_token,
             lease_expires_at = c.lease_expires_at, started_at = c.started_at, completed_at = c.completed_at,
             result = case when c.has_result then nullif(c.result, 'null') else s.result end,
             result_bytes = case when c.has_result then octet_length(nullif(c.result, 'null')::text) else s.result_bytes end
         from jsonb_to_recordset($1::jsonb) c(
           execution_id text, step_id text, status workflow_step_status, error jsonb, attempts int, generation int,
           failures int, recoveries int, waits int, faults int, waiting_for text, waiting_since timestamptz,
           waiting_reason text,
           context_version int, context_written int, unwritten boolean, agent_execution_id text, agent_stops text[], agent_checked_at timestamptz, agent_unheard_since timestamptz,
           ready_at timestamptz, wake_at timestamptz, deadline_at timestamptz, lease_token text,
           lease_expires_at timestamptz, started_at timestamptz, completed_at timestamptz, has_result boolean,
           result jsonb, children_total int, children_completed int, children_failed int, has_items boolean, items jsonb)
         where s.execution_id = c.execution_id and s.step_id = c.step_id`,
};

export const WRITE_EXECUTIONS = {
  name: 'engine-write-executions',
  text: `update workflow_executions e
         set status = c.status, workflow_version = c.workflow_version, error = nullif(c.error, 'null'), event_seq = c.event_seq, log_seq = c.log_seq, started_at = c.started_at,
             completed_at = c.completed_at,
             result = case when c.restarted then null when c.has_result then nullif(c.result, 'null') else e.result end,
             result_bytes = case when c.restarted then null when c.has_result then octet_length(nullif(c.result, 'null')::text)
                            else e.result_bytes end,
             compensation_status = c.compensation_status,
             parts_begun = case when c.restarted then 0 else e.parts_begun end,
             start_gate = case when c.restarted and e.start_gate = 'QUEUED' then 'PASSED' else e.start_gate end
         from jsonb_to_recordset($1::jsonb) c(
           id text, status workflow_execution_status, workflow_version int, error jsonb, event_seq int, log_seq int, started_at timestamptz,
           completed_at timestamptz, restarted boolean, has_result boolean, result jsonb,
           compensation_status text)
         where e.id = c.id`,
};

/** Of the steps nothing depends on ($1 execution, $2 step): the only result there is, or all of them by step. */
export const WRITE_RESULTS = {
  name: 'engine-write-results',
  text: `with last as (
           select k.execution_id, s.step_id, s.position, s.result, s.status
           from unnest($1::text[], $2::text[]) k(execution_id, step_id)
           join workflow_step_executions s using (execution_id, step_id)
         ), merged as (
           select execution_id,
                  case when count(*) filter (where status <> 'SKIPPED') = 1
                       then (array_agg(result) filter (where status <> 'SKIPPED'))[1]
                       else coalesce(
                         jsonb_object_agg(step_id, coalesce(result, 'null')) filter (where status <> 'SKIPPED'), '{}')
                  end as result
           from last group by execution_id
         )
         update workflow_executions e set result = m.result, result_bytes = octet_length(m.result::text) from merged m where e.id = m.execution_id`,
};

/** In one order everywhere, as several transactions count for the same workflows. */
export const LOCK_WORKFLOWS = {
  name: 'engine-lock-workflows',
  text: `select 1 from workflows where id = any($1::text[]) order by id for no key update`,
};

export const COUNT = {
  name: 'engine-count',
  text: `update workflows w
         set execution_count = w.execution_count + c.started, success_count = w.success_count + c.success,
             failure_count = w.failure_count + c.failure,
             total_duration_ms = greatest(0, w.total_duration_ms + c.duration_ms)
         from jsonb_to_recordset($1::jsonb) c(
           id text, started int, success int, failure int, duration_ms double precision)
         where w.id = c.id`,
};

/**
 * Turns are start tags of fair queueing: the next one of the starter, but not before the first of those that wait. So starters take
 * turns, whatever number each of them has begun, and nobody saves up turns. What has a lower priority of the same starter is passed
 * by, but nothing that is first in turn: so nobody waits for ever.
 */
export const TURN_BEFORE = `
  select greatest(
    (select max(before.turn) from generate_series(starter.priority, 2) of(priority)
     cross join lateral (select max(w.turn) as turn from workflow_executions w
       where w.started_by_id = starter.id and w.priority = of.priority and w.status = 'PENDING' and w.turn is not null) before),
    (select min(w.turn) - 1 from workflow_executions w where w.status = 'PENDING' and w.turn is not null), 0) as before`;

export const INSERT_EXECUTIONS = {
  name: 'engine-insert-executions',
  text: `with begun as (
         insert into workflow_executions (id, workflow_id, workflow_version, owner_id, started_by_id, starter_scopes,
                                          starter_role_ids, starter_key_id, context_id, status, input, idempotency_key,
                                          request_digest, metadata, request_id, created_at, event_seq, depth, start_gate,
                                          priority, started_at, completed_at, result, result_bytes, log_seq, turn)
         select c.id, c.workflow_id, c.workflow_version, c.owner_id, c.started_by_id, c.starter_scopes,
                c.starter_role_ids, c.starter_key_id, c.context_id, c.status, nullif(c.input, 'null'),
                c.idempotency_key, c.request_digest, c.metadata, c.request_id, c.created_at, c.event_seq,
                c.depth, c.start_gate::workflow_start_gate, c.priority, c.started_at, c.completed_at, nullif(c.result, 'null'),
                octet_length(nullif(c.result, 'null')::text), c.log_seq,
                row_number() over (partition by c.started_by_id, c.priority order by c.id) + turns.before
         from jsonb_to_recordset($1::jsonb) c(
           id text, workflow_id text, workflow_version int, owner_id text, started_by_id text, starter_scopes text[],
           starter_role_ids text[], starter_key_id text, context_id text, input jsonb, idempotency_key text,
           request_digest text, metadata jsonb, request_id text, depth int,
           start_gate text, priority int, status workflow_execution_status, event_seq int, created_at timestamptz,
           started_at timestamptz, completed_at timestamptz, result jsonb, log_seq int)
         cross join lateral (select c.started_by_id as id, c.priority) starter cross join lateral (${TURN_BEFORE}) turns
         on conflict (workflow_id, started_by_id, idempotency_key) do nothing
         returning id, workflow_id, owner_id, created_at, turn
         ), counted as (
           insert into workflow_stats_changes (workflow_id, owner_id, day, started)
           select workflow_id, owner_id, (created_at at time zone 'UTC')::date, 1 from begun
         )
         select id, turn from begun`,
};

/** Where the key was known already. */
export const FIND_BY_KEY = {
  name: 'engine-find-by-key',
  text: `select e.id, e.workflow_id, e.started_by_id, e.idempotency_key
         from unnest($1::text[], $2::text[], $3::text[]) k(workflow_id, started_by_id, idempotency_key)
         join workflow_executions e using (workflow_id, started_by_id, idempotency_key)`,
};

export const INSERT_STEPS = {
  name: 'engine-insert-steps',
  text: `insert into workflow_step_executions (execution_id, step_id, position, step_type, status, ready_at, deadline_at,
                                               attempts, started_at, completed_at, result, result_bytes)
         select c.execution_id, c.step_id, c.position, c.step_type, c.status,
                case when c.status = 'READY' and not coalesce(c.queued, false)
                  then coalesce(c.ready_at, date_trunc('milliseconds', clock_timestamp())) end,
                c.deadline_at, coalesce(c.attempts, 0), c.started_at, c.completed_at, nullif(c.result, 'null'),
                octet_length(nullif(c.result, 'null')::text)
         from jsonb_to_recordset($1::jsonb) c(
           execution_id text, step_id text, position int, step_type workflow_step_type, status workflow_step_status,
           ready_at timestamptz, deadline_at timestamptz, attempts int, started_at timestamptz, completed_at timestamptz,
           result jsonb, queued boolean)`,
};

/** Executions that wait for limits of their workflows, of which $1 says what they count for. */
export const INSERT_LIMITED_STARTS = {
  name: 'engine-insert-limited-starts',
  text: `insert into workflow_limited_starts (execution_id, workflow_id, running_key, begun_key, turn)
         select e.id, e.workflow_id, c.running_key, c.begun_key, e.turn
         from jsonb_to_recordset($1::jsonb) c(id text, running_key text, begun_key text)
         join workflow_executions e on e.id = c.id`,
};

/** The time by which what is stored now begins. */
export const NOW = { name: 'engine-now', text: `select date_trunc('milliseconds', clock_timestamp()) as now` };

/** What executions that ended add to the figures of the day on which they were created, or take from it as they run again. */
export const INSERT_STATS_CHANGES = {
  name: 'engine-stats',
  text: `insert into workflow_stats_changes (workflow_id, owner_id, day, sign, status, ended_on, ms, waited_ms, retries, steps)
         select workflow_id, owner_id, (created_at at time zone 'UTC')::date, sign, status,
                (ended_at at time zone 'UTC')::date, ms, waited_ms, retries, steps
         from jsonb_to_recordset($1::jsonb) c(
           workflow_id text, owner_id text, created_at timestamptz, sign int, status workflow_execution_status,
           ended_at timestamptz, ms double precision, waited_ms double precision, retries int, steps jsonb)`,
};
