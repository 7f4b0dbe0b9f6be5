import type { StepTypeName } from './engine/definition.ts';
import type { CompensationStatus } from './engine/compensations/compensation-status.ts';
import type { ExecutionStatus, StepError, StepStatus } from './engine/execution-state.ts';

export type { ExecutionStatus, StepStatus } from './engine/execution-state.ts';

/** An execution without its steps. */
export interface ExecutionRecord {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  /** The workflow's. */
  readonly ownerId: string;
  readonly startedById: string;
  readonly contextId: string | null;
  readonly status: ExecutionStatus;
  readonly compensationStatus: CompensationStatus;
  readonly input: unknown;
  /** Null also when it is stored aside, as it is larger than `ASIDE_BYTES`. */
  readonly result: unknown;
  /** Of the result as JSON; null without one, and for those of before sizes were stored. */
  readonly resultBytes: number | null;
  readonly error: (StepError & { readonly stepId?: string | null }) | null;
  readonly idempotencyKey: string | null;
  /** Stands for what was asked under the key. */
  readonly requestDigest: string | null;
  readonly metadata: Record<string, unknown>;
  readonly requestId: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** The execution and the step there that it is a part of; null for one that somebody started. */
  readonly parentId: string | null;
  readonly parentStepId: string | null;
  readonly itemIndex: number | null;
  /** The step whose body it runs. */
  readonly scope: string | null;
  /** Since when it is paused because who started it is suspended. */
  readonly heldSince: Date | null;
  /** Number of its last event. */
  readonly eventSeq: number;
  /** It waits for a limit of its workflow. */
  readonly isQueued: boolean;
  readonly priority: 'LOW' | 'NORMAL' | 'HIGH';
  /** Where they were read with the execution. */
  readonly steps?: readonly StepExecutionRecord[];
}

/** A step within one execution, with what its definition says. */
export interface StepExecutionRecord {
  readonly executionId: string;
  readonly generation: number;
  /** Executions of its body, when it has some. */
  readonly childCounts: { readonly total: number; readonly completed: number; readonly failed: number } | null;
  readonly id: string;
  readonly name: string;
  readonly stepType: StepTypeName;
  readonly status: StepStatus;
  readonly dependencies: readonly string[];
  readonly attempts: number;
  /** Null also when it is stored aside, as it is larger than `ASIDE_BYTES`. */
  readonly result: unknown;
  /** Of the result as JSON; null without one, and for those of before sizes were stored. */
  readonly resultBytes: number | null;
  readonly error: StepError | null;
  readonly agentId: string | null;
  readonly agentExecutionId: string | null;
  /** The versions of the execution's context that it read and wrote. */
  readonly contextRead: ContextVersionKey | null;
  readonly contextWritten: ContextVersionKey | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly wakeAt: Date | null;
  readonly waitingFor: ServiceWait | null;
}

export interface ContextVersionKey {
  readonly contextId: string;
  readonly version: number;
}

/** A step waits for a service of the product that does not answer. */
export interface ServiceWait {
  /** e.g. `agent`. */
  readonly service: string;
  readonly since: Date;
  /** In a sentence. */
  readonly message: string;
}

export interface ExecutionProgress {
  readonly total: number;
  readonly ended: number;
  readonly running: number;
}
