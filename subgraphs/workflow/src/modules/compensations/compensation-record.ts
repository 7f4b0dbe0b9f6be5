import type { CompensationAction, CompensationState } from '../executions/engine/compensations/compensation-status.ts';
import type { StepError } from '../executions/engine/execution-state.ts';

/** What somebody decided about a compensation. */
export interface DecisionRecord {
  readonly action: CompensationAction;
  readonly userId: string;
  readonly reason: string | null;
  readonly decidedAt: Date;
}

/** What undoes a step of an execution that has failed. */
export interface CompensationRecord {
  readonly id: string;
  /** The execution that somebody started. */
  readonly executionId: string;
  readonly position: number;
  /** The step, and the execution and version of a workflow to which it belongs. */
  readonly stepId: string;
  readonly sourceExecutionId: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  readonly status: CompensationState;
  readonly attempts: number;
  readonly result: unknown;
  readonly error: StepError | null;
  readonly runId: string | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** The last one first. */
  readonly decisions: readonly DecisionRecord[];
}
