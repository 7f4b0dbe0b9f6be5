import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { BudgetLedger, Refusal } from '../budgets/budget-ledger.ts';
import type { MostOfCall } from './most-of-call.ts';
import { callEndedEvents, EXECUTION_EVENT, executionEvent } from '../executions/execution-events.ts';
import type { ExecutionRecord } from '../executions/execution-record.ts';
import { EXECUTION_COLUMNS, toExecution, toJsonb, type ExecutionRow } from '../executions/execution-rows.ts';
import type { Lease } from '../executions/lease-store.ts';
import { callConditionSql, type CallFilter } from './call-query.ts';
import type { CallKind, CallProblem, CallRecord, CallUsage } from './call-record.ts';
import type { KeptValue } from './kept-value.ts';
import { spentEvent } from './spent-event.ts';

/** A call that is about to be made. */
export interface StoredCall {
  readonly id: string;
  readonly kind: CallKind;
  readonly name: string;
  readonly idempotencyKey: string | null;
  readonly input: KeptValue;
  readonly most: MostOfCall;
}

export type BeginOutcome =
  /** `milliseconds`: what budgets leave it. `isBounded`: there are some. */
  | { readonly kind: 'begun'; readonly milliseconds: number; readonly isBounded: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'lease lost' };

export interface CallEnding {
  readonly output: KeptValue;
  readonly error: CallProblem | null;
  readonly usage: CallUsage | null;
  readonly latencyMs: number;
  /** What budgets are charged with. */
  readonly charged: { readonly tokens: number; readonly costUsd: number; readonly milliseconds: number };
}

const COLUMNS = `c.id, c.execution_id as "executionId", c.attempt, c.kind::text, c.name,
  case when c.status = 'RUNNING' and (e.status <> 'RUNNING' or e.lease_token is distinct from c.lease_token)
    then 'INTERRUPTED' else c.status::text end as status,
  c.input, c.input_cut as "inputCut", c.output, c.output_cut as "outputCut", c.error,
  c.input_tokens as "inputTokens", c.output_tokens as "outputTokens", c.total_tokens as "totalTokens",
  c.cost_usd as "costUsd", c.latency_ms as "latencyMs", c.started_at as "startedAt", c.completed_at as "completedAt"`;

/** Thrown to undo what was begun. */
class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super('refused');
  }
}

/** The calls of executions. What they may use is decided in the transaction that stores them. */
export class CallStore {
  readonly list: SqlList<CallRecord, CallFilter, 'startedAt'>;

  constructor(
    private readonly pool: Pool,
    private readonly ledger: BudgetLedger,
  ) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'agent_execution_calls c join agent_executions e on e.id = c.execution_id',
      where: callConditionSql,
      orderColumns: { startedAt: 'c.started_at' },
      idColumn: 'c.id',
      parent: { column: 'c.execution_id', field: 'executionId' },
    });
  }

  /** Stores that a call begins, and reserves what it may take. The order of locks: the execution, then its budgets. */
  async begin(lease: Lease, call: StoredCall): Promise<BeginOutcome> {
    try {
      return await inTransaction(this.pool, async (tx): Promise<BeginOutcome> => {
        const execution = await touched(tx, lease);
        if (!execution) return { kind: 'lease lost' };
        await tx.query(
          `insert into agent_execution_calls (id, execution_id, attempt, lease_token, kind, name, idempotency_key, input, input_cut,
             started_at)
           values ($1, $2, $3, $4, $5::agent_call_kind, $6, $7, $8, $9, clock_timestamp())`,
          [
            ...[call.id, execution.id, execution.attempts, lease.token, call.kind, call.name, call.idempotencyKey],
            ...[call.input.json, call.input.cut],
          ],
        );
        const reserved = await this.ledger.reserve(tx, execution, call.id, call.most);
        if (reserved.kind === 'refused') throw new Refused(reserved.refusal);
        await appendEvents(tx, [executionEvent(EXECUTION_EVENT.progressed, execution)]);
        return { ...reserved, kind: 'begun' };
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.refusal.code === 'BUDGET_EXCEEDED') await this.ledger.noteExceeded(error.refusal);
      return { kind: 'refused', refusal: error.refusal };
    }
  }

  /** Stores what came of a call, once, and charges it; also when the execution has been stopped meanwhile. */
  async end(lease: Lease, callId: string, { output, error, usage, latencyMs, charged }: CallEnding): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      const execution = await touched(tx, lease);
      const { rows } = await tx.query<{ kind: CallKind; name: string }>(
        `update agent_execution_calls set status = $2::agent_call_status, output = $3, output_cut = $4, error = $5, input_tokens = $6,
           output_tokens = $7, total_tokens = $8, cost_usd = $9, latency_ms = $10, completed_at = clock_timestamp()
         where id = $1 and status = 'RUNNING' returning kind::text, name`,
        [
          ...[callId, error ? 'FAILED' : 'COMPLETED', output.json, output.cut, error ? toJsonb(error) : null],
          ...[usage?.inputTokens ?? null, usage?.outputTokens ?? null, usage?.totalTokens ?? null],
          ...[usage?.costUsd ?? null, latencyMs],
        ],
      );
      const [ended] = rows;
      if (!ended) return;
      await this.ledger.settle(tx, callId, charged);
      const spent = usage?.costUsd ? await spentEvent(tx, callId, usage.costUsd) : null;
      const progressed = execution ? executionEvent(EXECUTION_EVENT.progressed, execution) : null;
      const call = { callId, ...ended, error, latencyMs, totalTokens: usage?.totalTokens ?? null };
      const told = execution ? callEndedEvents(execution, call) : [];
      await appendEvents(
        tx,
        [spent, progressed, ...told].filter((event) => event !== null),
      );
    });
  }

  /** What an attempt before has made of the same call of a tool: the last one that ended, or was interrupted. */
  async earlier(executionId: string, key: string, token: string): Promise<EarlierCall | null> {
    const { rows } = await this.pool.query<EarlierCall>(
      `select status::text, output, output_cut as "outputCut" from agent_execution_calls
       where execution_id = $1 and idempotency_key = $2 and lease_token <> $3 and status in ('COMPLETED', 'RUNNING')
       order by (status = 'COMPLETED') desc, started_at desc limit 1`,
      [executionId, key, token],
    );
    return rows[0] ?? null;
  }
}

export interface EarlierCall {
  /** RUNNING: nobody knows what came of it. */
  readonly status: 'COMPLETED' | 'RUNNING';
  readonly output: unknown;
  readonly outputCut: boolean;
}

/** The execution with the number of its next event; null when the lease is lost. */
async function touched(tx: PoolClient, { id, token }: Lease): Promise<ExecutionRecord | null> {
  const { rows } = await tx.query<ExecutionRow>(
    `update agent_executions e set stream_seq = e.stream_seq + 1
     where e.id = $1 and e.lease_token = $2 and e.status = 'RUNNING' returning ${EXECUTION_COLUMNS}`,
    [id, token],
  );
  return rows[0] ? toExecution(rows[0]) : null;
}
