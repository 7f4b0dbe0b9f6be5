import type { ExecutionState, StepState } from './execution-state.ts';

/** What an execution that has ended adds to the statistics of its workflow, or takes from them as it runs again. */
export type StatsChange = ReturnType<typeof statsChange>;

/** To be called while the execution has ended: before it is reset, when it is run again. */
export function statsChange(state: ExecutionState, sign: 1 | -1) {
  const { createdAt, startedAt, completedAt, steps } = state;
  const ended = [...steps.values()].filter(({ status, startedAt: begun }) => begun && isMeasured(status));
  return {
    workflow_id: state.workflowId,
    owner_id: state.ownerId,
    created_at: createdAt,
    sign,
    status: state.status,
    ended_at: completedAt,
    ms: startedAt && completedAt ? completedAt.getTime() - startedAt.getTime() : null,
    // Run again, it has waited for somebody, not for work.
    waited_ms: startedAt && !isRerun(steps) ? startedAt.getTime() - createdAt.getTime() : null,
    retries: sum([...steps.values()].map(({ failures }) => failures)),
    steps: ended.map((step) => ({
      id: step.stepId,
      ms: step.status === 'COMPLETED' ? durationOf(step) : null,
      failed: step.status === 'FAILED',
      retries: step.failures,
    })),
  };
}

const isMeasured = (status: StepState['status']) => status === 'COMPLETED' || status === 'FAILED';
const isRerun = (steps: ExecutionState['steps']) => [...steps.values()].some(({ generation }) => generation > 1);
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const durationOf = ({ startedAt, completedAt }: StepState) =>
  (completedAt?.getTime() ?? 0) - (startedAt?.getTime() ?? 0);
