import { onTimeoutOf } from '../../step-types/wait-for-event-step.ts';
import type { AttemptKey, Command } from '../commands.ts';
import { isExecutionEnded, type StepState } from '../execution-state.ts';
import { answered, endStep, releaseLease } from '../step-changes.ts';
import { attempted, failAttempt } from '../step-transitions.ts';
import type { Turn } from '../turn.ts';

type OfKind<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

/** Steps of this type wait for something that nobody works on. */
export const waitsForEvent = ({ stepType }: Pick<StepState, 'stepType'>): boolean => stepType === 'WAIT_FOR_EVENT';

export function awaitEvent(turn: Turn, command: OfKind<'await-event'>): boolean {
  const step = attempted(turn, command)?.state;
  if (!step) return false;
  answered(step);
  step.status = 'WAITING';
  step.deadlineAt = turn.after(command.wait.timeoutSeconds * 1_000);
  releaseLease(step);
  turn.waits.begun.push({ stepId: step.stepId, key: command.key, wait: command.wait });
  turn.emit('STEP_WAITING', step);
  return true;
}

/** Exactly one of an event and the end of the wait counts: whichever is applied first, in the time there is. */
export function eventArrived(turn: Turn, command: OfKind<'event-arrived'>): boolean {
  const step = turn.step(command.stepId)?.state;
  if (!step || !isWaitOf(step, command.key)) return false;
  if (step.deadlineAt && step.deadlineAt <= turn.now) return false;
  if (!turn.waits.take(command.signalId, step.stepId, step.generation)) return false;
  endStep(turn, step, 'COMPLETED', command.result);
  return true;
}

const isWaitOf = (step: StepState, { generation, failures }: AttemptKey): boolean =>
  waitsForEvent(step) && step.status === 'WAITING' && step.generation === generation && step.failures === failures;

export function signal(turn: Turn, command: OfKind<'signal'>): boolean {
  if (isExecutionEnded(turn.state.status)) return false;
  turn.waits.signals.push(command.signal);
  turn.changed = true;
  return true;
}

/** Undefined when the step does not wait for an event. */
export function timeOutWait(turn: Turn, { stepId }: OfKind<'time-out'>): boolean | undefined {
  const step = turn.step(stepId);
  if (!step || !waitsForEvent(step.state) || step.state.status !== 'WAITING') return undefined;
  const { state, definition } = step;
  if (!state.deadlineAt || state.deadlineAt > turn.now) return false;
  if (onTimeoutOf(definition) === 'CONTINUE') {
    endStep(turn, state, 'COMPLETED', null);
    return true;
  }
  const error = { code: 'EVENT_TIMEOUT', message: 'What the step waits for has not happened in time.' };
  failAttempt(turn, state, definition, error, { retryable: false });
  return true;
}
