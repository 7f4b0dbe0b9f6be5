import { attemptName } from './attempt-key.ts';
import type { AttemptKey } from './commands.ts';
import type { StepState } from './execution-state.ts';
import type { Turn } from './turn.ts';

/** Puts the step to be claimed at `at`; while the execution is paused, when it is resumed. */
export function makeReady(turn: Turn, step: StepState, at: Date): void {
  releaseLease(step);
  step.status = 'READY';
  step.wakeAt = at > turn.now ? at : null;
  step.readyAt = turn.state.status === 'PAUSED' ? null : at;
  step.deadlineAt = step.readyAt && startBy(turn, step, at);
  turn.changedSteps.add(step);
  turn.changed = true;
  turn.offer(step);
}

/** When the step gives up waiting to be started, counted from `at`, or from when a service first did not answer. */
function startBy(turn: Turn, step: StepState, at: Date): Date | null {
  const seconds = turn.definition.byId.get(step.stepId)?.waitTimeoutSeconds ?? null;
  return seconds === null ? null : new Date((step.waitingSince ?? at).getTime() + seconds * 1_000);
}

export function cancelStep(turn: Turn, step: StepState): void {
  stopAttempt(turn, step);
  endStep(turn, step, 'CANCELLED');
}

export function endStep(
  turn: Turn,
  step: StepState,
  status: 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED',
  result?: unknown,
): void {
  releaseLease(step);
  answered(step);
  step.unwritten = false;
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

/** The step does not wait for a service any more. */
export function answered(step: StepState): void {
  step.waits = 0;
  step.faults = 0;
  step.agentUnheardSince = null;
  step.waitingFor = null;
  step.waitingSince = null;
  step.waitingReason = null;
}

/** Gives up the present attempt: an agent execution that exists for it, or may exist, is stopped. */
export function stopAttempt(turn: Turn, step: StepState): void {
  const { stepType, status, recoveries, waits } = step;
  const begunBefore = status === 'READY' && recoveries + waits > 0;
  const mayHaveBegun = status === 'RUNNING' || status === 'WAITING' || begunBefore;
  if (stepType === 'AGENT' && mayHaveBegun) stopAgent(turn, step, step);
}

/** Notes that the work of an agent for an attempt is to be stopped, until that is done. */
export function stopAgent(turn: Turn, step: StepState, attempt: AttemptKey): void {
  const name = attemptName(attempt);
  if (step.agentStops.includes(name)) return;
  step.agentStops = [...step.agentStops, name];
  turn.changedSteps.add(step);
  turn.changed = true;
}
