import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import { MAX_RECOVERIES, WORKER_LOST } from '@flowmesh/platform/queue';
import { notHeldSql } from '@flowmesh/platform/suspensions';
import type { Pool, PoolClient } from 'pg';
import type { AgentKind, RetryRules } from '../agents/agent-record.ts';
import { EXECUTION_EVENT, executionEvent } from './execution-events.ts';
import type { ExecutionProblem, ExecutionRecord } from './execution-record.ts';
import { EXECUTION_COLUMNS, toExecution, toJsonb, type ExecutionRow } from './execution-rows.ts';
import type { AgentUsage } from './execution-record.ts';

/** A claim lasts this long unless a heartbeat renews it. */
export const LEASE_SECONDS = 10;
/** A partial text is kept up to this many characters. */
export const MAX_TEXT_CHARACTERS = 1_000_000;

/** What a worker needs of the agent. */
export interface ClaimedAgent {
  readonly kind: AgentKind;
  readonly configuration: unknown;
  readonly sealedSecrets: string | null;
  readonly outputSchema: Record<string, unknown> | null;
  readonly retryPolicy: RetryRules;
}

/** Lease for an attempt: writes with its token are refused once the row has another token. */
export interface Claim {
  readonly token: string;
  readonly execution: ExecutionRecord;
  readonly agent: ClaimedAgent;
}

export interface Lease {
  readonly id: string;
  readonly token: string;
}

export interface Waiting {
  readonly id: string;
  readonly attempts: number;
  readonly requestId: string | null;
}

export type Ending =
  | {
      readonly status: 'COMPLETED';
      readonly output: unknown;
      readonly outputText: string | null;
      readonly usage: AgentUsage | null;
    }
  /** `stopReason`: what has ended it from outside. */
  | { readonly status: 'FAILED'; readonly error: ExecutionProblem; readonly stopReason: string | null };

// Jobs can come a little early by the queue's clock.
const IS_DUE = `e.status = 'QUEUED' and e.available_at <= now() + interval '100 milliseconds'
  and ${notHeldSql('e.started_by_id')}`;
/**
 * How many executions of an agent may run: none while it may not be called, one while its circuit is being tried. One that has
 * other models to ask may always be called.
 */
const ROOM = `case
    when a.heartbeat and coalesce(a.heartbeat_expires_at, '-infinity') <= clock_timestamp() then 0
    when jsonb_array_length(coalesce(a.configuration -> 'fallbacks', '[]')) > 0 then a.concurrency_limit
    when exists (select from policy_rates r where r.key = a.id and r.held_until > clock_timestamp()) then 0
    else coalesce((
      select case
        when c.state = 'OPEN' and c.retry_at > clock_timestamp() then 0
        when c.state = 'HALF_OPEN' and c.probe_expires_at > clock_timestamp() then 0
        else 1 end
      from policy_circuits c where c.key = a.id and c.state <> 'CLOSED'
    ), a.concurrency_limit) end`;
const CLAIM_NEXT = `
  update agent_executions e set status = 'RUNNING', attempts = e.attempts + 1, started_at = coalesce(e.started_at, now()),
    output_text = null, lease_token = $2, lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}),
    stream_seq = e.stream_seq + 1
  where e.id = (
    select e.id from agent_executions e where e.agent_id = $1 and ${IS_DUE}
    order by e.waiting_since, e.id limit 1 for update skip locked
  ) returning ${EXECUTION_COLUMNS}`;

/** What workers do with executions: claiming, heartbeats, results. The database decides every race. */
export class LeaseStore {
  constructor(private readonly pool: Pool) {}

  /**
   * Claims the execution that has waited longest for the same agent: a job only signals that there is work, the database
   * decides the order. Null when nothing is due, or the agent accepts no more work now.
   */
  async claimLike(id: string, token: string): Promise<Claim | null> {
    const { rows } = await this.pool.query<{ agentId: string }>(
      `select s.agent_id as "agentId" from agent_executions s where s.id = $1
         and exists (select 1 from agent_executions e where e.agent_id = s.agent_id and ${IS_DUE})`,
      [id],
    );
    return rows[0] ? this.claimNext(rows[0].agentId, token) : null;
  }

  /** The one of this agent that waits longest. */
  claimNext(agentId: string, token: string): Promise<Claim | null> {
    return inTransaction(this.pool, (tx) => this.claimUnderLock(tx, agentId, token));
  }

  /** Renews leases; gives the ids of those that still hold. */
  async renew(leases: readonly Lease[]): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ id: string }>(
      `update agent_executions e set lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS})
       from unnest($1::text[], $2::text[]) as l(id, token)
       where e.id = l.id and e.lease_token = l.token and e.status = 'RUNNING' returning e.id`,
      [leases.map(({ id }) => id), leases.map(({ token }) => token)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** That the agent has got to know the context of the execution. */
  async noteContextRead({ id, token }: Lease): Promise<void> {
    await this.pool.query(
      `update agent_executions e set context_read = true
       where e.id = $1 and e.lease_token = $2 and e.status = 'RUNNING'`,
      [id, token],
    );
  }

  /** Adds to the text produced so far; false when the lease is lost. */
  progress({ id, token }: Lease, delta: string): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ExecutionRow>(
        `update agent_executions e set stream_seq = e.stream_seq + 1,
           output_text = left(coalesce(e.output_text, '') || $3, ${MAX_TEXT_CHARACTERS})
         where e.id = $1 and e.lease_token = $2 and e.status = 'RUNNING' returning ${EXECUTION_COLUMNS}`,
        [id, token, delta],
      );
      if (!rows[0]) return false;
      await appendEvents(tx, [executionEvent(EXECUTION_EVENT.progressed, toExecution(rows[0]), delta)]);
      return true;
    });
  }

  /** Writes the result, once: false when the lease is lost, e.g. because the execution was stopped. */
  finish({ id, token }: Lease, ending: Ending): Promise<boolean> {
    const done = ending.status === 'COMPLETED' ? ending : null;
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ExecutionRow>(
        `update agent_executions e set status = $3::agent_execution_status, output = $4, error = $5,
           output_text = coalesce(left($6, ${MAX_TEXT_CHARACTERS}), e.output_text),
           input_tokens = $7, output_tokens = $8, total_tokens = $9, cost_usd = $10, stop_reason = $11, completed_at = now(),
           lease_token = null, lease_expires_at = null, stream_seq = e.stream_seq + 1
         where e.id = $1 and e.lease_token = $2 and e.status = 'RUNNING' returning ${EXECUTION_COLUMNS}`,
        [
          id,
          token,
          ending.status,
          done ? toJsonb(done.output) : null,
          ending.status === 'FAILED' ? toJsonb(ending.error) : null,
          done?.outputText ?? null,
          done?.usage?.inputTokens ?? null,
          done?.usage?.outputTokens ?? null,
          done?.usage?.totalTokens ?? null,
          done?.usage?.costUsd ?? null,
          ending.status === 'FAILED' ? ending.stopReason : null,
        ],
      );
      if (!rows[0]) return false;
      await appendEvents(tx, [executionEvent(EXECUTION_EVENT.executed, toExecution(rows[0]))]);
      return true;
    });
  }

  /** Puts it back after a failed attempt; null when the lease is lost. */
  retry(lease: Lease, error: ExecutionProblem, delayMs: number): Promise<Waiting | null> {
    const set = `error = $3, available_at = now() + make_interval(secs => $4::float8 / 1000)`;
    return this.putBack(lease, set, [toJsonb(error), delayMs]);
  }

  /** Puts it back untried: the process ends. */
  release(lease: Lease): Promise<Waiting | null> {
    return this.putBack(lease, 'attempts = e.attempts - 1', []);
  }

  /** Puts it back untried: the agent may not be called for so long, or what it needs is away, which `error` tells. */
  postpone(lease: Lease, delayMs: number, error?: ExecutionProblem): Promise<Waiting | null> {
    const set = `attempts = e.attempts - 1, available_at = now() + make_interval(secs => $3::float8 / 1000),
      error = coalesce($4::jsonb, e.error)`;
    return this.putBack(lease, set, [delayMs, error ? toJsonb(error) : null]);
  }

  /**
   * Recovers executions whose lease has expired, and returns those that wait again, in their previous place. The lost attempt
   * is repeated and does not count, up to a limit: an execution that keeps crashing its workers fails.
   */
  recoverLost(limit: number): Promise<{ readonly taken: number; readonly waiting: Waiting[] }> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ExecutionRow>(
        `with lost as (
           select id from agent_executions where status = 'RUNNING' and lease_expires_at < now()
           order by lease_expires_at limit $1 for update skip locked
         )
         update agent_executions e set
           status = case when e.recoveries >= ${MAX_RECOVERIES} then 'FAILED' else 'QUEUED' end::agent_execution_status,
           error = case when e.recoveries >= ${MAX_RECOVERIES} then $2::jsonb else e.error end,
           completed_at = case when e.recoveries >= ${MAX_RECOVERIES} then now() end,
           attempts = case when e.recoveries >= ${MAX_RECOVERIES} then e.attempts else e.attempts - 1 end,
           recoveries = e.recoveries + 1, lease_token = null, lease_expires_at = null,
           stream_seq = e.stream_seq + 1
         from lost where e.id = lost.id and e.status = 'RUNNING' and e.lease_expires_at < now()
         returning ${EXECUTION_COLUMNS}`,
        [limit, toJsonb({ ...WORKER_LOST, retryable: false })],
      );
      const taken = rows.map(toExecution);
      const events = taken.map((execution) =>
        executionEvent(execution.status === 'FAILED' ? EXECUTION_EVENT.executed : EXECUTION_EVENT.retrying, execution),
      );
      await appendEvents(tx, events);
      return { taken: taken.length, waiting: taken.filter(({ status }) => status === 'QUEUED') };
    });
  }

  /** Executions that are due and could run now, for which there ought to be a job: as many of an agent as it has room for. */
  async waiting(sinceMs: number, limit: number): Promise<Waiting[]> {
    const { rows } = await this.pool.query<Waiting>(
      `with due as (
         select id, agent_id, attempts, request_id, waiting_since,
           row_number() over (partition by agent_id order by waiting_since, id) as place
         from agent_executions where status = 'QUEUED' and available_at <= now() - make_interval(secs => $1::float8 / 1000)
           and ${notHeldSql('started_by_id')}
       )
       select due.id, due.attempts, due.request_id as "requestId" from due
       join agents a on a.id = due.agent_id and a.status = 'ACTIVE' and a.deleted_at is null
       cross join lateral (
         select count(*) as count from agent_executions e where e.agent_id = a.id and e.status = 'RUNNING'
       ) running
       where due.place <= ${ROOM} - running.count
       order by due.waiting_since limit $2`,
      [sinceMs, limit],
    );
    return rows;
  }

  // The lock is taken in a separate statement, so that the following count sees the claims of other processes.
  private async claimUnderLock(tx: PoolClient, agentId: string, token: string): Promise<Claim | null> {
    const { rows: agents } = await tx.query<ClaimedAgent & { room: number }>(
      `select kind::text, configuration, sealed_secrets as "sealedSecrets", output_schema as "outputSchema",
         retry_policy as "retryPolicy", ${ROOM} as room
       from agents a where id = $1 and deleted_at is null and status = 'ACTIVE' for no key update of a`,
      [agentId],
    );
    if (!agents[0]) return null;
    const { room, ...agent } = agents[0];
    const { rows: counts } = await tx.query<{ running: number }>(
      `select count(*)::int as running from agent_executions where agent_id = $1 and status = 'RUNNING'`,
      [agentId],
    );
    if ((counts[0]?.running ?? 0) >= room) return null;
    const { rows } = await tx.query<ExecutionRow>(CLAIM_NEXT, [agentId, token]);
    if (!rows[0]) return null;
    const execution = toExecution(rows[0]);
    await appendEvents(tx, [executionEvent(EXECUTION_EVENT.started, execution)]);
    return { token, execution, agent };
  }

  private putBack({ id, token }: Lease, set: string, values: readonly unknown[]): Promise<Waiting | null> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ExecutionRow>(
        `update agent_executions e set status = 'QUEUED', lease_token = null, lease_expires_at = null,
           stream_seq = e.stream_seq + 1, ${set}
         where e.id = $1 and e.lease_token = $2 and e.status = 'RUNNING' returning ${EXECUTION_COLUMNS}`,
        [id, token, ...values],
      );
      if (!rows[0]) return null;
      const execution = toExecution(rows[0]);
      await appendEvents(tx, [executionEvent(EXECUTION_EVENT.retrying, execution)]);
      return { id, attempts: execution.attempts, requestId: execution.requestId };
    });
  }
}
