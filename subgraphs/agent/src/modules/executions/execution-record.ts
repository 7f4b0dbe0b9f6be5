import type { ContextRights } from './contexts/context-rights.ts';
import type { ToolRights } from './tools/tool-rights.ts';

export type ExecutionStatus = 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'STOPPED';

export interface ExecutionProblem {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** What a model took for it. */
export interface AgentUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly costUsd: number | null;
}

/** One piece of work given to an agent, as the domain sees it. */
export interface ExecutionRecord extends ContextRights, ToolRights {
  readonly id: string;
  readonly agentId: string;
  /** The agent's owner and name when it began. */
  readonly agentOwnerId: string;
  readonly agentName: string;
  readonly status: ExecutionStatus;
  readonly input: unknown;
  readonly output: unknown;
  readonly outputText: string | null;
  /** Of the last failed attempt; none once completed. */
  readonly error: ExecutionProblem | null;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
  readonly usage: AgentUsage | null;
  readonly idempotencyKey: string | null;
  /** Stands for what was asked under the key. */
  readonly requestDigest: string | null;
  readonly startedById: string;
  /** What the agent was given to know, at the version that it reads. */
  readonly contextId: string | null;
  readonly contextVersion: number | null;
  /** Whether the agent has got to know what it holds. */
  readonly contextRead: boolean;
  /** The execution of a workflow that it belongs to. */
  readonly workflowExecutionId: string | null;
  /** The execution whose agent has given it this work; null for what users and workflows start. */
  readonly parentId: string | null;
  /** The executions above it, the first one first, and their agents. */
  readonly ancestorIds: readonly string[];
  readonly ancestorAgentIds: readonly string[];
  /** What the caller says belongs together. */
  readonly conversationId: string | null;
  readonly requestId: string | null;
  readonly stopReason: string | null;
  /** While it waits because whoever began it is suspended. */
  readonly heldSince: Date | null;
  readonly queuedAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** Number of the last event of its stream. */
  readonly streamSeq: number;
}

const ENDED: ReadonlySet<ExecutionStatus> = new Set(['COMPLETED', 'FAILED', 'STOPPED']);

export const hasEnded = (status: ExecutionStatus): boolean => ENDED.has(status);
