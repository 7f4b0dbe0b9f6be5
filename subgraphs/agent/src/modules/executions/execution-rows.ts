import { heldSinceSql } from '@flowmesh/platform/suspensions';
import type { ExecutionProblem, ExecutionRecord } from './execution-record.ts';

/** Columns of `agent_executions e` under the names of `ExecutionRow`. */
export const EXECUTION_COLUMNS = `
  e.id, e.agent_id as "agentId", e.agent_owner_id as "agentOwnerId", e.agent_name as "agentName", e.status::text,
  e.input, e.output, e.output_text as "outputText", e.error, e.attempts, e.max_attempts as "maxAttempts",
  e.timeout_seconds as "timeoutSeconds", e.input_tokens as "inputTokens", e.output_tokens as "outputTokens",
  e.total_tokens as "totalTokens", e.cost_usd as "costUsd", e.idempotency_key as "idempotencyKey",
  e.request_digest as "requestDigest",
  e.context_id as "contextId", e.context_version as "contextVersion",
  e.context_read as "contextRead", e.context_scopes as "contextScopes",
  e.starter_role_ids as "starterRoleIds", e.workflow_id as "workflowId",
  e.tool_scopes as "toolScopes", e.workflow_execution_id as "workflowExecutionId", e.parent_id as "parentId",
  e.ancestor_ids as "ancestorIds", e.ancestor_agent_ids as "ancestorAgentIds",
  e.started_by_id as "startedById", e.request_id as "requestId", e.conversation_id as "conversationId", e.stop_reason as "stopReason",
  e.queued_at as "queuedAt", e.started_at as "startedAt", e.completed_at as "completedAt",
  case when e.status = 'QUEUED' then ${heldSinceSql('e.started_by_id')} end as "heldSince", e.stream_seq as "streamSeq"`;

export interface ExecutionRow extends Omit<ExecutionRecord, 'usage'> {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
  readonly costUsd: number | null;
}

export function toExecution(row: ExecutionRow): ExecutionRecord {
  const { inputTokens, outputTokens, totalTokens, costUsd, ...kept } = row;
  const usage =
    totalTokens === null
      ? null
      : { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0, totalTokens, costUsd };
  return { ...kept, error: row.error as ExecutionProblem | null, usage };
}

/** A JSON column's parameter: what is undefined becomes NULL of SQL. */
export const toJsonb = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
