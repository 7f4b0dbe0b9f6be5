import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { Pool } from 'pg';
import type { AgentKind, AgentStatus } from './agent-record.ts';

/** An agent whose health is to be checked. */
export interface CheckedAgent {
  readonly id: string;
  readonly ownerId: string;
  readonly version: number;
  readonly kind: CheckedKind;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly sealedSecrets: string | null;
}

/** Kinds of agents that are checked. */
export type CheckedKind = Exclude<AgentKind, 'BUILTIN' | 'LLM'>;

export interface HealthResult {
  readonly latencyMs: number;
  /** Null when it answered. */
  readonly error: string | null;
}

/** An agent as its event tells of it. */
export interface HealthChangedAgent {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly type: string;
  readonly kind: string;
  readonly status: AgentStatus;
  readonly version: number;
}

/** Failures in a row after which an agent takes no more work. */
export const FAILURES_TO_ERROR = 3;

export class HealthStore {
  constructor(private readonly pool: Pool) {}

  /**
   * Agents that were not checked for so long, the longest first. Switched off ones are left alone, and a process is
   * started for a check seldom.
   */
  async due(everyMs: number, limit: number, everyStartMs = everyMs): Promise<CheckedAgent[]> {
    const { rows } = await this.pool.query<CheckedAgent>(
      `select id, owner_id as "ownerId", version, kind::text, configuration, sealed_secrets as "sealedSecrets"
       from agents
       where kind in ('HTTP', 'MCP', 'A2A') and not heartbeat and deleted_at is null and status <> 'INACTIVE'
         and (health_checked_at is null or health_checked_at < now() - make_interval(secs => case
           when configuration->>'server' is null then $1::float8 else $3::float8 end / 1000))
       order by health_checked_at nulls first limit $2`,
      [everyMs, limit, everyStartMs],
    );
    return rows;
  }

  /**
   * Stores the result of a check, unless the agent was changed meanwhile. The third failure in a row changes ACTIVE to ERROR,
   * a success changes ERROR to ACTIVE; INACTIVE stays. True when the status has changed.
   */
  record(
    agent: CheckedAgent,
    result: HealthResult,
    toEvent: (agent: HealthChangedAgent) => NewEvent,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const locked = await tx.query<{ status: AgentStatus }>(
        'select status::text from agents where id = $1 and version = $2 and deleted_at is null for no key update',
        [agent.id, agent.version],
      );
      if (!locked.rows[0]) return false;
      const { rows } = await tx.query<HealthChangedAgent>(
        `update agents set health_checked_at = now(), health_latency_ms = $2, health_error = $3,
           health_succeeded_at = case when $3::text is null then now() else health_succeeded_at end,
           health_failures = case when $3::text is null then 0 else health_failures + 1 end,
           status = case
             when $3::text is null and status = 'ERROR' then 'ACTIVE'
             when $3::text is not null and status = 'ACTIVE' and health_failures + 1 >= ${FAILURES_TO_ERROR} then 'ERROR'
             else status end
         where id = $1 returning id, owner_id as "ownerId", name, type, kind::text, status::text, version`,
        [agent.id, result.latencyMs, result.error],
      );
      const [after] = rows;
      if (!after || after.status === locked.rows[0].status) return false;
      await appendEvents(tx, [toEvent(after)]);
      return true;
    });
  }
}
