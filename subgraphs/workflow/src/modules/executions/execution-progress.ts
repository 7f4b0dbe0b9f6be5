import { isStepEnded } from './engine/execution-state.ts';
import type { ExecutionProgress, StepExecutionRecord } from './execution-record.ts';

/** Steps whose agent works are running, those that wait for a time are not. */
export const progressOf = (steps: readonly StepExecutionRecord[]): ExecutionProgress => ({
  total: steps.length,
  ended: steps.filter(({ status }) => isStepEnded(status)).length,
  running: steps.filter(
    ({ status, wakeAt, stepType }) =>
      status === 'RUNNING' || (status === 'WAITING' && wakeAt === null && stepType !== 'WAIT_FOR_EVENT'),
  ).length,
});
