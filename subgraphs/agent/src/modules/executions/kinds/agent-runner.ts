import type { AgentContext } from '../contexts/agent-context.ts';
import type { AgentKind } from '../../agents/agent-record.ts';

/** One attempt at a piece of work. */
export interface AgentTask {
  readonly executionId: string;
  readonly agentId: string;
  /** The user who had it executed. */
  readonly startedById: string;
  /** From 1. */
  readonly attempt: number;
  readonly input: unknown;
  /** The context that the execution was given. */
  readonly context: AgentContext | null;
  /** Settings of the kind as stored, and its secrets, opened. */
  readonly configuration: unknown;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly outputSchema: Record<string, unknown> | null;
  /** Time this attempt has. `signal` aborts when it is over. */
  readonly timeoutMs: number;
}

export interface AgentUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly costUsd: number | null;
}

export interface AgentResult {
  /** JSON. */
  readonly output: unknown;
  /** The whole text of an agent that spoke; what was emitted when absent. */
  readonly outputText?: string;
  readonly usage?: AgentUsage;
}

export interface RunControls {
  /** Aborts when the execution is stopped, times out or loses its lease: end all outgoing work at once. */
  readonly signal: AbortSignal;
  /** Passes on text as it is produced. Never waits. */
  emit(delta: string): void;
}

/**
 * How agents of one kind do their work. To add a kind: a file here that exports an `AgentRunner`, a line in
 * `runners.ts`, its settings in `agents/configurations/`, and the enum value and types in the schema.
 */
export interface AgentRunner {
  readonly kind: AgentKind;
  /** Does the work once. Throws `AgentFailure` for what went wrong outside of the product. */
  run(task: AgentTask, controls: RunControls): Promise<AgentResult>;
}

/** An attempt that failed, as the graph shows it. */
export class AgentFailure extends Error {
  constructor(
    /** `HTTP_STATUS`, `CONNECTION`, `INVALID_OUTPUT`, `MODEL`, `INVALID_INPUT` … */
    readonly code: string,
    message: string,
    readonly options: {
      /** Whether another attempt could help. */
      readonly retryable: boolean;
      /** Not before this long, when the other side said so. */
      readonly retryAfterMs?: number | undefined;
      /** The service did not do its part (no answer, 5xx): that counts for its circuit breaker. */
      readonly isFault?: boolean | undefined;
      /** The other side has said nothing of the work: it works, or nobody knows. */
      readonly isUnanswered?: boolean | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message.length > 2_000 ? `${message.slice(0, 2_000)}…` : message, { cause: options.cause });
    this.name = 'AgentFailure';
  }
}

/** The agent was not called, because its circuit is open or it has asked to wait: nothing has failed. */
export class AgentWaits extends Error {
  override readonly name = 'AgentWaits';

  constructor(
    message: string,
    /** After how long it may be called. */
    readonly forMs: number,
  ) {
    super(message);
  }
}
