import type { NewEvent } from '@flowmesh/platform/events';
import type { PoolClient } from 'pg';

/** Of each call that has cost something in a workflow, once. */
export const SPENT = 'agent.spent';

export interface SpentPayload {
  /** The call. */
  readonly callId: string;
  readonly workflowId: string;
  readonly workflowExecutionId: string | null;
  /** With which the workflow gave the work, also to an agent that has passed it on. */
  readonly idempotencyKey: string | null;
  readonly costUsd: number;
  /** When the call ended. */
  readonly at: string;
}

/** What a call that has just ended tells the workflow it belongs to; null when it belongs to none. */
export async function spentEvent(
  tx: PoolClient,
  callId: string,
  costUsd: number,
): Promise<NewEvent<SpentPayload> | null> {
  const { rows } = await tx.query<{
    readonly workflowId: string;
    readonly workflowExecutionId: string | null;
    readonly idempotencyKey: string | null;
    readonly ownerId: string;
    readonly requestId: string | null;
    readonly at: Date;
  }>(
    `select e.workflow_id as "workflowId", e.workflow_execution_id as "workflowExecutionId", e.agent_owner_id as "ownerId",
            case when e.parent_id is null then e.idempotency_key else first.idempotency_key end as "idempotencyKey",
            e.request_id as "requestId", c.completed_at as at
     from agent_execution_calls c join agent_executions e on e.id = c.execution_id
     left join agent_executions first on first.id = e.ancestor_ids[1]
     where c.id = $1 and e.workflow_id is not null`,
    [callId],
  );
  const [row] = rows;
  if (!row) return null;
  const { workflowId, workflowExecutionId, idempotencyKey, ownerId, requestId } = row;
  return {
    ...{ type: SPENT, version: 1, stream: `agent-spend:${workflowId}`, ownerId, requestId: requestId ?? undefined },
    payload: { callId, workflowId, workflowExecutionId, idempotencyKey, costUsd, at: row.at.toISOString() },
  };
}
