import type { DecisionOrigin } from '../decision-origin.ts';
import type { Definition } from '../definition.ts';
import type { ExecutionStatus } from '../execution-state.ts';
import type { CompensationAction, CompensationState } from './compensation-status.ts';

/** What somebody decided about a compensation. */
export interface CompensationDecision {
  readonly id: string;
  readonly compensationId: string;
  readonly action: CompensationAction;
  readonly userId: string;
  readonly reason: string | null;
  readonly origin: DecisionOrigin;
}

/** A compensation, as it was read while its execution is locked. */
export interface OpenCompensation {
  readonly id: string;
  /** The step that it undoes, and whose it is. */
  readonly stepId: string;
  readonly source: { readonly executionId: string; readonly workflowId: string; readonly ownerId: string };
  /** What it runs. */
  readonly definition: Definition;
  status: CompensationState;
  runId: string | null;
  runs: number;
  /** Of the execution that does it. */
  runStatus: ExecutionStatus | null;
  startedAt: Date | null;
  completedAt: Date | null;
}

/** What the commands of one transaction read and change of the compensations of an execution. */
export class CompensationChanges {
  /** All work of the execution has stopped, and what is to be undone is known. */
  ready = false;
  /** The first ones that are not done, and those that a command names; in their order. */
  readonly known: OpenCompensation[] = [];
  readonly changed = new Set<OpenCompensation>();
  /** They are begun: their executions are to be stored. */
  readonly begun: OpenCompensation[] = [];
  readonly decided: { readonly stepId: string; readonly decision: CompensationDecision }[] = [];
  /** It, or one that is a part of it, has ended: the execution that somebody started goes on with its compensations. */
  concerns = false;
}
