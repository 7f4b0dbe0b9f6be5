import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { MostOfCall } from '../calls/most-of-call.ts';
import type { ExecutionRecord } from '../executions/execution-record.ts';
import { budgetExceeded, budgetWarning, type ToldBudget } from './budget-events.ts';
import { refusalOf, type Refusal, type StandingBudget } from './budget-rules.ts';

export type { Refusal } from './budget-rules.ts';

export type Reservation =
  | { readonly kind: 'reserved'; readonly milliseconds: number; readonly isBounded: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What a call has taken. */
export interface Charge {
  readonly tokens: number;
  readonly costUsd: number;
  readonly milliseconds: number;
}

/**
 * The budgets that apply to a call, each with the part of time that it counts in: their rows are locked, in the same order by
 * everybody, so that what follows sees all that was reserved before.
 */
const LOCK_WINDOWS = `
  with applicable as (
    select b.id, case b.period when 'TOTAL' then '' when 'DAY' then to_char(now() at time zone 'UTC', 'YYYY-MM-DD')
      when 'RUN' then case b.scope when 'WORKFLOW_EXECUTION' then $4::text
        else ($2::text[])[array_position($3::text[], b.subject_id)] end end as period_key
    from budgets b
    where (b.scope = 'AGENT' and b.subject_id = $1)
      or (b.scope = 'AGENT_EXECUTION' and b.subject_id = any($3::text[]))
      or (b.scope = 'WORKFLOW' and b.subject_id = $5)
      or (b.scope = 'WORKFLOW_EXECUTION' and b.subject_id = $5 and $4::text is not null)
      or (b.scope = 'USER' and b.subject_id = $6)
    order by b.id for key share
  )
  insert into budget_windows (budget_id, period_key) select id, period_key from applicable order by 1, 2
  on conflict (budget_id, period_key) do update set changed_at = clock_timestamp()
  returning budget_id, period_key`;

/** A reservation counts while the attempt that made it holds its lease; the call counts in any case. */
const IS_LIVE = `exists (select from agent_execution_calls c join agent_executions e on e.id = c.execution_id
  where c.id = r.call_id and e.status = 'RUNNING' and e.lease_token = c.lease_token)`;

/** Longer than an attempt may take: whoever makes the call has charged it by then, or never will. */
const FORGOTTEN_AFTER = '2 hours';

/** What of a window `w` is used, and reserved. */
export const STANDING_COLUMNS = `
  w.tokens::float8 as tokens, w.cost_usd as "costUsd", w.calls, w.milliseconds::float8 as milliseconds,
  coalesce(r.tokens, 0)::float8 as "reservedTokens", coalesce(r.cost_usd, 0) as "reservedCostUsd",
  coalesce(r.calls, 0)::int as "reservedCalls", coalesce(r.milliseconds, 0)::float8 as "reservedMilliseconds",
  w.warned_at as "warnedAt", w.exceeded_at as "exceededAt"`;
export const RESERVED_OF_WINDOW = `
  select sum(r.tokens) filter (where live.live) as tokens, sum(r.cost_usd) filter (where live.live) as cost_usd, count(*) as calls,
    sum(r.milliseconds) filter (where live.live) as milliseconds
  from budget_reservations r cross join lateral (select ${IS_LIVE} as live) live
  where r.budget_id = w.budget_id and r.period_key = w.period_key`;

const STANDINGS = `
  select b.id as "budgetId", b.owner_id as "ownerId", b.name, b.scope::text, b.subject_id as "subjectId", w.period_key as "periodKey",
    b.max_tokens::float8 as "maxTokens", b.max_cost_usd as "maxCostUsd", b.max_calls as "maxCalls", b.max_seconds as "maxSeconds",
    ${STANDING_COLUMNS}
  from unnest($1::text[], $2::text[]) as k(budget_id, period_key)
  join budgets b on b.id = k.budget_id
  join budget_windows w on w.budget_id = k.budget_id and w.period_key = k.period_key
  left join lateral (${RESERVED_OF_WINDOW}) r on true
  order by b.id, w.period_key`;

const CHARGE = `
  with gone as (delete from budget_reservations where call_id = $1 returning budget_id, period_key)
  update budget_windows w set tokens = w.tokens + $2, cost_usd = w.cost_usd + $3, calls = w.calls + 1,
    milliseconds = w.milliseconds + $4, changed_at = clock_timestamp()
  from gone where w.budget_id = gone.budget_id and w.period_key = gone.period_key`;

const WARN = `
  update budget_windows w set warned_at = clock_timestamp() from budgets b
  where (w.budget_id, w.period_key) in (select * from unnest($1::text[], $2::text[])) and b.id = w.budget_id
    and w.warned_at is null and b.warn_at_percent is not null
    and (w.tokens * 100 >= b.max_tokens * b.warn_at_percent or w.cost_usd * 100 >= b.max_cost_usd * b.warn_at_percent
      or w.calls * 100 >= b.max_calls * b.warn_at_percent or w.milliseconds >= b.max_seconds * 10 * b.warn_at_percent)
  returning b.id as "budgetId", b.owner_id as "ownerId", b.name, b.scope::text, b.subject_id as "subjectId", w.period_key as "periodKey"`;

const FORGET_DEAD = `
  with dead as (
    select r.call_id, r.budget_id, r.period_key from budget_reservations r where not ${IS_LIVE} and exists (
      select from agent_execution_calls c where c.id = r.call_id and c.started_at < now() - interval '${FORGOTTEN_AFTER}'
    ) order by r.budget_id, r.period_key limit $1
  ), locked as (
    select w.budget_id, w.period_key from budget_windows w
    where (w.budget_id, w.period_key) in (select budget_id, period_key from dead) order by 1, 2 for update
  ), gone as (
    delete from budget_reservations r using dead d, locked l
    where r.call_id = d.call_id and r.budget_id = d.budget_id and r.period_key = d.period_key
      and l.budget_id = d.budget_id and l.period_key = d.period_key
    returning r.budget_id, r.period_key
  ), counted as (select budget_id, period_key, count(*)::int as calls from gone group by 1, 2),
  charged as (
    update budget_windows w set calls = w.calls + c.calls from counted c
    where w.budget_id = c.budget_id and w.period_key = c.period_key
  )
  select count(*)::int as count from gone`;

/** What calls may take of the budgets that apply to them: reserved before, charged after. The database decides every race. */
export class BudgetLedger {
  constructor(private readonly pool: Pool) {}

  /** Reserves what a stored call takes at most, of all budgets that apply to it, or says which of them does not allow it. */
  async reserve(tx: PoolClient, execution: ExecutionRecord, callId: string, most: MostOfCall): Promise<Reservation> {
    const { id, agentId, ancestorIds, ancestorAgentIds, workflowExecutionId, workflowId, startedById } = execution;
    const { rows: windows } = await tx.query<{ budget_id: string; period_key: string }>(LOCK_WINDOWS, [
      ...[agentId, [...ancestorIds, id], [...ancestorAgentIds, agentId], workflowExecutionId, workflowId, startedById],
    ]);
    if (windows.length === 0) return { kind: 'reserved', milliseconds: most.milliseconds, isBounded: false };
    const keys = [windows.map((each) => each.budget_id), windows.map((each) => each.period_key)];
    // Another statement: it sees what was committed while this one waited for the locks.
    const { rows: budgets } = await tx.query<StandingBudget>(STANDINGS, keys);
    const refusal = budgets.map((budget) => refusalOf(budget, most)).find((each) => each !== null);
    if (refusal) return { kind: 'refused', refusal };
    const milliseconds = Math.min(most.milliseconds, ...budgets.map(millisecondsLeft));
    await tx.query(
      `insert into budget_reservations (call_id, budget_id, period_key, tokens, cost_usd, milliseconds)
       select $3, k.*, $4, $5, $6 from unnest($1::text[], $2::text[]) as k`,
      [...keys, callId, most.tokens, most.costUsd ?? 0, Math.floor(milliseconds)],
    );
    return { kind: 'reserved', milliseconds, isBounded: true };
  }

  /** Charges what a call has taken instead of what was reserved for it; once. */
  async settle(tx: PoolClient, callId: string, { tokens, costUsd, milliseconds }: Charge): Promise<void> {
    const { rows: windows } = await tx.query<{ budget_id: string; period_key: string }>(
      `select w.budget_id, w.period_key from budget_windows w
       join budget_reservations r on r.budget_id = w.budget_id and r.period_key = w.period_key
       where r.call_id = $1 order by 1, 2 for update of w`,
      [callId],
    );
    if (windows.length === 0) return;
    await tx.query(CHARGE, [callId, tokens, costUsd, milliseconds]);
    const { rows: warned } = await tx.query<ToldBudget>(WARN, [
      windows.map((each) => each.budget_id),
      windows.map((each) => each.period_key),
    ]);
    if (warned.length > 0) await appendEvents(tx, warned.map(budgetWarning));
  }

  /** That a call was refused; told once for each period. */
  async noteExceeded({ budgetId, periodKey }: Refusal): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ToldBudget>(
        `insert into budget_windows as w (budget_id, period_key, exceeded_at)
         select b.id, $2, clock_timestamp() from budgets b where b.id = $1 for key share
         on conflict (budget_id, period_key) do update set exceeded_at = clock_timestamp() where w.exceeded_at is null
         returning w.budget_id as "budgetId", w.period_key as "periodKey",
           (select b.owner_id from budgets b where b.id = w.budget_id) as "ownerId",
           (select b.name from budgets b where b.id = w.budget_id) as name,
           (select b.scope::text from budgets b where b.id = w.budget_id) as scope,
           (select b.subject_id from budgets b where b.id = w.budget_id) as "subjectId"`,
        [budgetId, periodKey],
      );
      if (rows.length > 0) await appendEvents(tx, rows.map(budgetExceeded));
    });
  }

  /** Removes reservations of calls whose attempt has ended without an answer; they stay counted as calls. At most `limit`. */
  async forgetDead(limit: number): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(FORGET_DEAD, [limit]);
    return rows[0]?.count ?? 0;
  }

  /** Removes what is known of days and runs that are long over. At most `limit`. */
  async removeOld(retentionDays: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `with old as (
         select budget_id, period_key from budget_windows
         where period_key <> '' and changed_at < now() - make_interval(days => $1)
         order by changed_at limit $2 for update skip locked
       )
       delete from budget_windows w using old where w.budget_id = old.budget_id and w.period_key = old.period_key`,
      [retentionDays, limit],
    );
    return rowCount ?? 0;
  }
}

function millisecondsLeft({ maxSeconds, milliseconds, reservedMilliseconds }: StandingBudget): number {
  return maxSeconds === null ? Infinity : maxSeconds * 1_000 - milliseconds - reservedMilliseconds;
}
