import type { StepDefinition } from '../executions/engine/definition.ts';
import type { WorkflowRecord } from '../workflows/workflow-record.ts';

export type FindingCode =
  | 'MISSING_PERMISSION'
  | 'NOT_EXECUTABLE'
  | 'INVALID_INPUT'
  | 'INVALID_CONTEXT'
  | 'UNKNOWN_AGENT'
  | 'AGENT_INACTIVE'
  | 'AGENT_UNAVAILABLE'
  | 'UNKNOWN_INTEGRATION'
  | 'INTEGRATION_INACTIVE'
  | 'CIRCUIT_OPEN'
  | 'BUDGET_EXHAUSTED'
  | 'INVALID_TEMPLATE'
  | 'CHANNEL_UNAVAILABLE'
  | 'UNKNOWN_WORKFLOW'
  | 'UNKNOWN_USER'
  | 'UNKNOWN';

export interface Finding {
  readonly workflowId: string;
  readonly stepId: string | null;
  readonly severity: 'ERROR' | 'WARNING';
  readonly code: FindingCode;
  readonly message: string;
  readonly path: string | null;
}

/** A value that may be known before the execution. */
export type Known = { readonly value: unknown } | null;

/** A workflow that the execution would run, and what it would be given. */
export interface Subject {
  readonly workflow: WorkflowRecord;
  readonly input: Known;
}

/** Something that the execution may do. */
export interface Work {
  readonly subject: Subject;
  readonly step: StepDefinition;
  /** Below the workflow, e.g. `steps[1].config.steps[0]`. */
  readonly path: string;
}

type Told = Pick<Finding, 'severity' | 'code' | 'message'>;

/** `below`: where in the step; empty for the step as a whole. */
export const ofWork = ({ subject, step, path }: Work, below: string, told: Told): Finding => ({
  workflowId: subject.workflow.id,
  stepId: step.id,
  path: below === '' ? path : `${path}.${below}`,
  ...told,
});

export const error = (code: FindingCode, message: string): Told => ({ severity: 'ERROR', code, message });
export const warning = (code: FindingCode, message: string): Told => ({ severity: 'WARNING', code, message });

/** What a check of `work.map(({ step }) => step)` has found: its paths begin with `steps[<place>]`. */
export function ofProblem(work: readonly Work[], path: string, told: Told): Finding[] {
  const [start, at] = /^steps\[(\d+)\]\.?/.exec(path) ?? [];
  const each = work[Number(at)];
  return start !== undefined && each ? [ofWork(each, path.slice(start.length), told)] : [];
}
