import type { StepState } from './execution-state.ts';
import type { Turn } from './turn.ts';

/** Puts the step to be claimed at `at`; while the execution is paused, when it is resumed. */
export function makeReady(turn: Turn, step: StepState, at: Date): void {
  releaseLease(step);
  step.status = 'READY';
  step.deadlineAt = null;
  step.wakeAt = at > turn.now ? at : null;
  step.readyAt = turn.state.status === 'PAUSED' ? null : at;
  turn.changedSteps.add(step);
  turn.changed = true;
  turn.offer(step);
}

export function cancelStep(turn: Turn, step: StepState): void {
  if (step.status === 'WAITING' && step.agentExecutionId) stopAgent(turn, step, step.agentExecutionId);
  endStep(turn, step, 'CANCELLED');
}

export function endStep(
  turn: Turn,
  step: StepState,
  status: 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED',
  result?: unknown,
): void {
  releaseLease(step);
  step.status = status;
  step.readyAt = null;
  step.wakeAt = null;
  step.deadlineAt = null;
  step.completedAt = turn.now;
  if (status === 'COMPLETED') {
    step.error = null;
    step.newResult = { value: result ?? null };
  }
  turn.emit(`STEP_${status}`, step);
}

export function releaseLease(step: StepState): void {
  step.leaseToken = null;
  step.leaseExpiresAt = null;
}

/** Notes that an execution of an agent is to be stopped, until that is done. */
export function stopAgent(turn: Turn, step: StepState, agentExecutionId: string): void {
  if (step.agentStops.includes(agentExecutionId)) return;
  step.agentStops = [...step.agentStops, agentExecutionId];
  turn.changedSteps.add(step);
  turn.changed = true;
}
