import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { AgentStatus } from '../agents/agent-record.ts';
import type { ContextRights } from './contexts/context-rights.ts';
import type { ToolRights } from './tools/tool-rights.ts';
import { EXECUTION_EVENT, executionEvent } from './execution-events.ts';
import { conditionSql, type ExecutionQuery } from './execution-query.ts';
import { hasEnded, type ExecutionRecord } from './execution-record.ts';
import { EXECUTION_COLUMNS, toExecution, toJsonb, type ExecutionRow } from './execution-rows.ts';

/** A piece of work to be stored. */
export interface NewExecution extends ContextRights, ToolRights {
  readonly id: string;
  readonly agentId: string;
  /** The version of the agent for which the input was checked. */
  readonly agentVersion: number;
  readonly input: unknown;
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
  readonly idempotencyKey: string | null;
  readonly requestDigest: string | null;
  readonly startedById: string;
  readonly contextId: string | null;
  readonly contextVersion: number | null;
  readonly workflowExecutionId: string | null;
  readonly parentId: string | null;
  readonly ancestorIds: readonly string[];
  readonly ancestorAgentIds: readonly string[];
  readonly conversationId: string | null;
  readonly requestId: string;
  /** Its place among what waits for the agent; null for now, which is also the latest. */
  readonly waitingSince: Date | null;
}

export type CreateOutcome =
  | { readonly kind: 'created' | 'known'; readonly execution: ExecutionRecord }
  | { readonly kind: 'unavailable'; readonly status: AgentStatus }
  | { readonly kind: 'agent changed' }
  | { readonly kind: 'parent ended' }
  | { readonly kind: 'agent gone' };

export type StopOutcome = { readonly stopped: boolean; readonly execution: ExecutionRecord };

/** What a caller has given to an agent, or may have. */
export interface StartedUnderKey {
  readonly agentId: string;
  readonly startedById: string;
  readonly idempotencyKey: string;
}

/** Reads executions, begins and stops them. What workers do with them is in lease-store.ts. */
export class ExecutionStore {
  readonly list: SqlList<ExecutionRecord, ExecutionQuery, 'queuedAt' | 'completedAt', ExecutionRow>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: EXECUTION_COLUMNS,
      from: 'agent_executions e',
      where: conditionSql,
      orderColumns: { queuedAt: 'e.queued_at', completedAt: 'e.completed_at' },
      idColumn: 'e.id',
      parent: { column: 'e.agent_id', field: 'agentId' },
      toRow: toExecution,
    });
  }

  async findMany(ids: readonly string[]): Promise<ExecutionRecord[]> {
    const sql = `select ${EXECUTION_COLUMNS} from agent_executions e where e.id = any($1)`;
    return (await this.pool.query<ExecutionRow>(sql, [ids])).rows.map(toExecution);
  }

  async findByKey(agentId: string, startedById: string, key: string): Promise<ExecutionRecord | null> {
    const { rows } = await this.pool.query<ExecutionRow>(
      `select ${EXECUTION_COLUMNS} from agent_executions e
       where e.agent_id = $1 and e.started_by_id = $2 and e.idempotency_key = $3`,
      [agentId, startedById, key],
    );
    return rows[0] ? toExecution(rows[0]) : null;
  }

  /** Stores the work. The row lock prevents deregistering the agent meanwhile; a unique index prevents duplicate keys. */
  create(work: NewExecution): Promise<CreateOutcome> {
    return inTransaction(this.pool, async (tx) => {
      const { rows: agents } = await tx.query<{ name: string; ownerId: string; status: AgentStatus; version: number }>(
        `select name, owner_id as "ownerId", status::text, version from agents
         where id = $1 and deleted_at is null for key share`,
        [work.agentId],
      );
      const [agent] = agents;
      if (!agent) return { kind: 'agent gone' };
      if (agent.version !== work.agentVersion) return { kind: 'agent changed' };
      if (agent.status !== 'ACTIVE') return { kind: 'unavailable', status: agent.status };
      if (work.parentId !== null && !(await isRunning(tx, work.parentId))) return { kind: 'parent ended' };
      const { rows } = await tx.query<ExecutionRow>(
        `insert into agent_executions as e (id, agent_id, agent_owner_id, agent_name, input, max_attempts,
           timeout_seconds, idempotency_key, request_digest, started_by_id, request_id,
           waiting_since, context_id, context_version, context_scopes, starter_role_ids, workflow_id,
           tool_scopes, workflow_execution_id, parent_id, ancestor_ids, ancestor_agent_ids,
           conversation_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, least($12::timestamptz, now()), $13, $14, $15, $16, $17, $18, $19,
           $20, $21, $22, $23)
         on conflict (agent_id, started_by_id, idempotency_key) do nothing
         returning ${EXECUTION_COLUMNS}`,
        [
          work.id,
          work.agentId,
          agent.ownerId,
          agent.name,
          toJsonb(work.input),
          work.maxAttempts,
          work.timeoutSeconds,
          work.idempotencyKey,
          work.requestDigest,
          work.startedById,
          work.requestId,
          work.waitingSince,
          ...[work.contextId, work.contextVersion, work.contextScopes, work.starterRoleIds, work.workflowId],
          ...[work.toolScopes, work.workflowExecutionId, work.parentId, work.ancestorIds, work.ancestorAgentIds],
          work.conversationId,
        ],
      );
      if (rows[0]) return { kind: 'created', execution: toExecution(rows[0]) };
      // Read committed: this statement sees the row that was in the way.
      const known = await tx.query<ExecutionRow>(
        `select ${EXECUTION_COLUMNS} from agent_executions e
         where e.agent_id = $1 and e.started_by_id = $2 and e.idempotency_key = $3`,
        [work.agentId, work.startedById, work.idempotencyKey],
      );
      if (!known.rows[0]) throw new Error('An execution of this key was in the way and is gone.');
      return { kind: 'known', execution: toExecution(known.rows[0]) };
    });
  }

  /** Ends it, unless it has ended. The process that runs it can no longer write a result. */
  stop(id: string, reason: string | null): Promise<StopOutcome | null> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<ExecutionRow>(
        `select ${EXECUTION_COLUMNS} from agent_executions e where e.id = $1 for update`,
        [id],
      );
      const execution = rows[0] && toExecution(rows[0]);
      if (!execution) return null;
      if (hasEnded(execution.status)) return { stopped: false, execution };
      const [stopped] = await this.stopRows(tx, [id], reason);
      return stopped ? { stopped: true, execution: stopped } : { stopped: false, execution };
    });
  }

  /**
   * Blocks the key by storing an execution that is STOPPED from the start, so that nothing can be started with the key. Null
   * when the key was already used, or there is no such agent.
   */
  closeKey(
    { agentId, startedById, idempotencyKey }: StartedUnderKey,
    id: string,
    reason: string | null,
    requestId: string,
  ) {
    return inTransaction(this.pool, async (tx): Promise<ExecutionRecord | null> => {
      const { rows } = await tx.query<ExecutionRow>(
        `insert into agent_executions as e (id, agent_id, agent_owner_id, agent_name, status, max_attempts,
           timeout_seconds, idempotency_key, started_by_id, request_id, stop_reason, completed_at, stream_seq)
         select $1, a.id, a.owner_id, a.name, 'STOPPED', 1, a.timeout_seconds, $3, $4, $5, $6, now(), 1
         from agents a where a.id = $2
         on conflict (agent_id, started_by_id, idempotency_key) do nothing
         returning ${EXECUTION_COLUMNS}`,
        [id, agentId, idempotencyKey, startedById, requestId, reason],
      );
      const closed = rows[0] ? toExecution(rows[0]) : null;
      if (closed) await appendEvents(tx, [executionEvent(EXECUTION_EVENT.executed, closed)]);
      return closed;
    });
  }

  /** Of an agent whose row the caller has locked. */
  async countActive(tx: PoolClient, agentId: string): Promise<number> {
    const { rows } = await tx.query<{ count: number }>(
      `select count(*)::int as count from agent_executions where agent_id = $1 and status in ('QUEUED', 'RUNNING')`,
      [agentId],
    );
    return rows[0]?.count ?? 0;
  }

  /** Work of suspended users that has not ended; at most `limit`. */
  async activeOfSuspended(limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select e.id from suspended_users s join agent_executions e on e.started_by_id = s.user_id
       where e.status in ('QUEUED', 'RUNNING') limit $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Work whose execution above has ended; at most `limit`. */
  async activeOrphans(limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select c.id from agent_executions c left join agent_executions p on p.id = c.parent_id
       where c.parent_id is not null and c.status in ('QUEUED', 'RUNNING')
         and (p.id is null or p.status in ('COMPLETED', 'FAILED', 'STOPPED')) limit $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Stops all of an agent whose row the caller has locked; how many. */
  async stopActive(tx: PoolClient, agentId: string, reason: string): Promise<number> {
    const { rows } = await tx.query<{ id: string }>(
      `select id from agent_executions where agent_id = $1 and status in ('QUEUED', 'RUNNING') order by id for update`,
      [agentId],
    );
    const ids = rows.map(({ id }) => id);
    const stopped = await this.stopRows(tx, ids, reason);
    return stopped.filter((execution) => execution.agentId === agentId).length;
  }

  /** With all the work that their agents have given to others. */
  private async stopRows(tx: PoolClient, ids: readonly string[], reason: string | null): Promise<ExecutionRecord[]> {
    if (ids.length === 0) return [];
    const { rows } = await tx.query<ExecutionRow>(
      `update agent_executions e set status = 'STOPPED', completed_at = now(), stop_reason = $2, error = null,
         lease_token = null, lease_expires_at = null, stream_seq = e.stream_seq + 1
       where e.id = any($1) and e.status in ('QUEUED', 'RUNNING')
       returning ${EXECUTION_COLUMNS}`,
      [ids, reason],
    );
    const stopped = rows.map(toExecution);
    await appendEvents(
      tx,
      stopped.map((execution) => executionEvent(EXECUTION_EVENT.executed, execution)),
    );
    const below = await tx.query<{ id: string }>(
      `select id from agent_executions where parent_id = any($1) and status in ('QUEUED', 'RUNNING') order by id for update`,
      [stopped.map(({ id }) => id)],
    );
    const ofTheirs = below.rows.map(({ id }) => id);
    return [...stopped, ...(await this.stopRows(tx, ofTheirs, 'The execution that gave the work was stopped.'))];
  }
}

/** Whether it has not ended; it does not end before the transaction does. */
async function isRunning(tx: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(`select 1 from agent_executions where id = $1 and status = 'RUNNING' for share`, [
    id,
  ]);
  return rowCount === 1;
}
