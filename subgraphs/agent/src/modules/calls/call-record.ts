/** What an agent calls in an execution. */
export type CallKind = 'MODEL' | 'TOOL';

/** INTERRUPTED: its attempt ended, or was lost with its process, before it was known what came of it. */
export type CallStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'INTERRUPTED';

export interface CallProblem {
  readonly code: string;
  readonly message: string;
}

/** A call as the domain sees it. */
export interface CallRecord {
  readonly id: string;
  readonly executionId: string;
  readonly attempt: number;
  readonly kind: CallKind;
  /** Of the model, or of the tool as the model knows it. */
  readonly name: string;
  readonly status: CallStatus;
  readonly input: unknown;
  readonly inputCut: boolean;
  readonly output: unknown;
  readonly outputCut: boolean;
  readonly error: CallProblem | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
  readonly costUsd: number | null;
  readonly latencyMs: number | null;
  readonly startedAt: Date;
  readonly completedAt: Date | null;
}

/** What a call has taken. */
export interface CallUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  /** Null when no price is known. */
  readonly costUsd: number | null;
}

/** What came of a call. */
export interface CallOutcome {
  readonly output?: unknown;
  readonly error?: CallProblem;
  /** Of a model. */
  readonly usage?: CallUsage;
}
