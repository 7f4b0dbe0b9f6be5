import type { ExecutionState } from './execution-state.ts';

/** Times that steps of an execution were run again, all together: it only grows. */
export const rerunsOf = ({ steps }: Pick<ExecutionState, 'steps'>): number =>
  [...steps.values()].reduce((sum, { generation }) => sum + generation - 1, 0);
