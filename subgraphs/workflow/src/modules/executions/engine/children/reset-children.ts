import type { StepState } from '../execution-state.ts';
import type { Turn } from '../turn.ts';

/**
 * Before a step runs again in its next generation. Those that have completed are kept if `keep`: only the others are begun
 * again.
 */
export function resetChildren(turn: Turn, step: StepState, keep: boolean): void {
  if (step.childrenTotal === null) return;
  step.childrenFailed = 0;
  if (keep) {
    turn.adopt(step);
    return;
  }
  step.childrenTotal = null;
  step.childrenCompleted = 0;
  step.newItems = { value: null };
}
