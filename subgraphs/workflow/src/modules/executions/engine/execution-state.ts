import type { StarterRights } from '../starter-rights.ts';
import type { CompensationStatus } from './compensations/compensation-status.ts';
import type { StepTypeName } from './definition.ts';

export type ExecutionStatus = 'PENDING' | 'RUNNING' | 'PAUSED' | 'WAITING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
export type StepStatus = 'PENDING' | 'READY' | 'RUNNING' | 'WAITING' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';

export interface StepError {
  /** Upper snake case, for programs. */
  readonly code: string;
  readonly message: string;
}

/** Why an execution has ended before it was complete. */
export interface ExecutionError extends StepError {
  /** The step that has failed. */
  readonly stepId?: string;
}

/** A step of an execution. */
export interface StepAddress {
  readonly executionId: string;
  readonly stepId: string;
}

/** One step of an execution while its execution is locked. Its result is left in the database. */
export interface StepState {
  readonly stepId: string;
  stepType: StepTypeName;
  status: StepStatus;
  /** Of the result that is stored, as JSON. */
  resultBytes: number | null;
  error: StepError | null;
  attempts: number;
  generation: number;
  failures: number;
  recoveries: number;
  /** Times the present attempt was put off as a service did not answer. */
  waits: number;
  /** Times the present attempt was put off as a service answered with a fault of its own. */
  faults: number;
  /** The service the step waits for, and since when. */
  waitingFor: string | null;
  waitingSince: Date | null;
  /** Why, where it has told: in a sentence. */
  waitingReason: string | null;
  /** Version of the execution's context that the step reads, however often an attempt is begun. */
  contextVersion: number | null;
  /** Version of the context with which its result was merged into it. */
  contextWritten: number | null;
  /** The agent has ended; its result is still to be written into the context. */
  unwritten: boolean;
  agentExecutionId: string | null;
  agentStops: readonly string[];
  agentCheckedAt: Date | null;
  /** WAITING: since when the agent's service does not say how far it is. */
  agentUnheardSince: Date | null;
  readyAt: Date | null;
  wakeAt: Date | null;
  deadlineAt: Date | null;
  leaseToken: string | null;
  leaseExpiresAt: Date | null;
  startedAt: Date | null;
  completedAt: Date | null;
  /** Executions of its body that there are to be; null before it has any. */
  childrenTotal: number | null;
  /** Of those, as far as was last seen. */
  childrenCompleted: number;
  childrenFailed: number;
  /** Set when the result is to be written. */
  newResult?: { readonly value: unknown };
  /** Set when what its executions work on is to be written. */
  newItems?: { readonly value: unknown };
}

/** An execution while its row is locked. */
export interface ExecutionState {
  readonly id: string;
  readonly workflowId: string;
  workflowVersion: number;
  readonly ownerId: string;
  readonly startedById: string;
  readonly requestId: string | null;
  /** The step it is a part of; null for an execution that somebody started. */
  readonly parent: StepAddress | null;
  /** The one that somebody started, of which it is a part; its own when it is none. */
  readonly rootId: string;
  /** It undoes the step it is a part of, which has ended. */
  readonly isCompensation: boolean;
  compensationStatus: CompensationStatus;
  /** Whether it waits for a limit of its workflow, or has passed it; null when there was none. */
  startGate: 'QUEUED' | 'PASSED' | null;
  status: ExecutionStatus;
  error: ExecutionError | null;
  eventSeq: number;
  /** Number of the last line of its logs. */
  logSeq: number;
  readonly createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
  /** What steps may do that are claimed now. */
  readonly rights: StarterRights;
  readonly steps: Map<string, StepState>;
}

const ENDED_EXECUTION: ReadonlySet<ExecutionStatus> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);
const ENDED_STEP: ReadonlySet<StepStatus> = new Set(['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED']);

export const isExecutionEnded = (status: ExecutionStatus): boolean => ENDED_EXECUTION.has(status);
export const isStepEnded = (status: StepStatus): boolean => ENDED_STEP.has(status);
