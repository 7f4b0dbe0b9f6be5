export type ProblemCode =
  | 'INVALID_VALUE'
  | 'MISSING_VALUE'
  | 'DUPLICATE_STEP'
  | 'UNKNOWN_STEP'
  | 'UNKNOWN_AGENT'
  | 'CYCLE'
  | 'BAD_EXPRESSION'
  | 'UNREACHABLE_STEP'
  | 'INVALID_SCHEMA'
  | 'UNKNOWN_WORKFLOW'
  | 'RECURSION'
  | 'UNKNOWN_INTEGRATION';

/** One thing that is wrong with a workflow. */
export interface WorkflowProblem {
  readonly code: ProblemCode;
  /** Below `input`, e.g. `steps[2].config.expression`. */
  readonly path: string;
  readonly stepId: string | null;
  readonly message: string;
}

/** Names a problem of the step at this place of the list. */
export const stepProblem = (
  index: number,
  stepId: string,
  code: ProblemCode,
  below: string,
  message: string,
): WorkflowProblem => ({ code, path: below ? `steps[${index}].${below}` : `steps[${index}]`, stepId, message });
