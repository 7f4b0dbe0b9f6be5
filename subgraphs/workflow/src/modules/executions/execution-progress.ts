import { isStepEnded } from './engine/execution-state.ts';
import type { ExecutionProgress, StepExecutionRecord } from './execution-record.ts';

/** Nobody works for them while they wait. */
const PATIENT: ReadonlySet<string> = new Set(['WAIT_FOR_EVENT', 'APPROVAL']);

/** Steps whose agent works are running, those that wait for a time are not. */
export const progressOf = (steps: readonly StepExecutionRecord[]): ExecutionProgress => ({
  total: steps.length,
  ended: steps.filter(({ status }) => isStepEnded(status)).length,
  running: steps.filter(
    ({ status, wakeAt, stepType }) =>
      status === 'RUNNING' || (status === 'WAITING' && wakeAt === null && !PATIENT.has(stepType)),
  ).length,
});
