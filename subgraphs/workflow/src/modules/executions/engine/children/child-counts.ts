import type { StepError } from '../execution-state.ts';

/** Executions of the body of a step, in its present generation. */
export interface ChildCounts {
  readonly completed: number;
  /** Cancelled ones too. */
  readonly failed: number;
  open: number;
  /** The first of those that failed. */
  readonly failure: {
    readonly index: number;
    readonly error: (StepError & { readonly stepId?: string }) | null;
  } | null;
  /** Of the results of all as JSON, once all have ended. */
  readonly bytes: number | null;
}
