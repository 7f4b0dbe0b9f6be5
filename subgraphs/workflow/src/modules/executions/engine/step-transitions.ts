import { MAX_RECOVERIES, WORKER_LOST } from '@flowmesh/platform/queue';
import { nextTryInMs } from '@flowmesh/platform/services';
import {
  AGENT_STOPPED,
  type AgentOutcome,
  type AttemptKey,
  type ClaimedStep,
  type Command,
  type Failure,
  type ServiceWait,
} from './commands.ts';
import { DEFAULT_RETRY_POLICY, isCaught, type RetryPolicy, type StepDefinition } from './definition.ts';
import { isExecutionEnded, isStepEnded, type StepError, type StepState } from './execution-state.ts';
import { rememberOf } from '../step-types/remember.ts';
import { failExecution } from './execution-transitions.ts';
import { answered, endStep, makeReady, releaseLease, stopAgent, stopAttempt } from './step-changes.ts';
import type { Turn } from './turn.ts';

/** Maximum tries in one attempt with a service that answers with internal errors; together they take about a minute. */
const MAX_FAULTS = 7;

/** A service that asks for more patience is asked again after this long, for it may have been helped meanwhile. */
const MAX_WAIT_MS = 30_000;

/** Clocks of the queue and the database differ a little. */
const EARLY_MS = 50;

/** Of a failure after which the step is not tried again. */
export const FINAL: Failure = { retryable: false };
const AGAIN: Failure = { retryable: true };

type OfKind<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

/** The step when it is in the state to be begun. */
export function beginnable(turn: Turn, stepId: string) {
  const step = turn.step(stepId);
  const { status } = turn.state;
  if (!step || isExecutionEnded(status) || status === 'PAUSED') return undefined;
  const due = step.state.readyAt !== null && step.state.readyAt.getTime() <= turn.now.getTime() + EARLY_MS;
  return step.state.status === 'READY' && due ? step : undefined;
}

export function claim(turn: Turn, command: OfKind<'claim'>): ClaimedStep | undefined {
  const step = beginnable(turn, command.stepId);
  return step && turn.claim(step.state, step.definition);
}

export function skip(turn: Turn, command: OfKind<'skip'>): boolean {
  const step = beginnable(turn, command.stepId)?.state;
  if (!step) return false;
  turn.state.startedAt ??= turn.now;
  turn.log({ level: 'INFO', message: 'Skipped, as its condition is false.' }, step.stepId);
  endStep(turn, step, 'SKIPPED');
  return true;
}

/** The step when the caller still has its attempt. */
export function attempted(turn: Turn, command: { readonly stepId: string; readonly token: string }) {
  const step = turn.step(command.stepId);
  return step?.state.status === 'RUNNING' && step.state.leaseToken === command.token ? step : undefined;
}

export function complete(turn: Turn, command: OfKind<'complete'>): boolean {
  const step = attempted(turn, command)?.state;
  if (!step) return false;
  step.contextWritten = command.contextWritten ?? null;
  endStep(turn, step, 'COMPLETED', command.result);
  return true;
}

/** What was read first stays, so that an attempt that is begun again reads the same. */
export function readContext(turn: Turn, command: OfKind<'read-context'>): boolean {
  const step = attempted(turn, command)?.state;
  if (!step || step.contextVersion !== null) return false;
  step.contextVersion = command.version;
  turn.changedSteps.add(step);
  turn.changed = true;
  return true;
}

export function fail(turn: Turn, command: OfKind<'fail'>): boolean {
  const step = attempted(turn, command);
  if (!step) return false;
  failAttempt(turn, step.state, step.definition, command.error, command);
  return true;
}

/** The wait is no failure and no loss; the key of the attempt stays. */
export function postpone(turn: Turn, command: OfKind<'postpone'>): boolean {
  const step = attempted(turn, command);
  if (!step) return false;
  const { state, definition } = step;
  const since = state.waitingSince ?? turn.now;
  const { wait } = command;
  const boundMs = wait?.maxWaitMs ?? turn.serviceWaitMs;
  const inMs = nextTryInMs(turn.now.getTime() - since.getTime(), boundMs, turn.random);
  state.waitingFor = command.service;
  state.waitingSince = since;
  state.waitingReason = wait?.reason ?? command.reason ?? null;
  if (command.fault) state.faults += 1;
  if (state.faults >= MAX_FAULTS) {
    giveUpFaulty(turn, state, definition);
    return true;
  }
  if (inMs === null) {
    if (wait) failAttempt(turn, state, definition, waitedTooLong(wait), FINAL);
    else giveUpWaiting(turn, state, definition);
    return true;
  }
  state.waits += 1;
  state.recoveries = 0;
  state.attempts -= 1;
  const askedForMs = Math.min(wait?.retryAfterMs ?? 0, MAX_WAIT_MS);
  // The last try is when the wait ends, however long the service asks to wait.
  const leftMs = boundMs - (turn.now.getTime() - since.getTime());
  const afterMs = command.fault
    ? backoffMs(DEFAULT_RETRY_POLICY, state.faults - 1, turn.random)
    : Math.min(Math.max(inMs, askedForMs), leftMs);
  makeReady(turn, state, turn.after(afterMs));
  turn.emit('STEP_RETRYING', state);
  return true;
}

/** It would say the same for as long as anybody asks. */
function giveUpFaulty(turn: Turn, step: StepState, definition: StepDefinition): void {
  const message = `The ${step.waitingFor} service has answered with a fault of its own ${MAX_FAULTS} times.`;
  stopAttempt(turn, step);
  failAttempt(turn, step, definition, { code: 'SERVICE_FAULT', message }, FINAL);
}

/** A new attempt could do the work twice, because the outcome of the present one is unknown. */
function giveUpWaiting(turn: Turn, step: StepState, definition: StepDefinition): void {
  const seconds = Math.round(turn.serviceWaitMs / 1_000);
  const message = `The ${step.waitingFor} service has not answered for ${seconds} s.`;
  stopAttempt(turn, step);
  failAttempt(turn, step, definition, { code: 'SERVICE_UNAVAILABLE', message }, FINAL);
}

export function awaitAgent(turn: Turn, command: OfKind<'await-agent'>): boolean {
  const attempt = attempted(turn, command);
  if (!attempt) return disown(turn, command.stepId, command.agentExecutionId, command.key);
  const { state: step, definition } = attempt;
  answered(step);
  step.status = 'WAITING';
  step.deadlineAt = turn.after(definition.timeoutSeconds * 1_000);
  step.agentExecutionId = command.agentExecutionId;
  step.agentCheckedAt = turn.now;
  releaseLease(step);
  turn.emit('STEP_WAITING', step);
  return true;
}

/**
 * The agent has started, but the caller has lost the attempt. If another process recovered the same attempt, it finds the
 * same agent execution and waits for it; otherwise the agent execution is stopped.
 */
function disown(turn: Turn, stepId: string, agentExecutionId: string, key: AttemptKey): false {
  const step = turn.step(stepId)?.state;
  if (!step || step.agentExecutionId === agentExecutionId) return false;
  const sameAttempt = step.generation === key.generation && step.failures === key.failures;
  if (sameAttempt && !isStepEnded(step.status)) return false;
  stopAgent(turn, step, key);
  return false;
}

export function awaitTime(turn: Turn, command: OfKind<'await-time'>): boolean {
  const step = attempted(turn, command)?.state;
  if (!step) return false;
  const { until } = command;
  step.wakeAt = 'at' in until ? until.at : turn.after(until.seconds * 1_000);
  if (step.wakeAt <= turn.now) {
    endStep(turn, step, 'COMPLETED', null);
    return true;
  }
  step.status = 'WAITING';
  releaseLease(step);
  turn.emit('STEP_WAITING', step);
  turn.remind(step);
  return true;
}

export function agentEnded(turn: Turn, command: OfKind<'agent-ended'>): boolean {
  const step = turn.step(command.stepId);
  if (step?.state.status !== 'WAITING' || step.state.agentExecutionId !== command.agentExecutionId) return false;
  const outcome: AgentOutcome = command.outcome;
  // Asked to stop, it may still have been faster.
  const timedOut = step.state.waitingSince !== null && !outcome.ok && outcome.error.code === AGENT_STOPPED;
  if (outcome.ok) agentDone(turn, step.state, step.definition, outcome.result);
  else if (timedOut) failAttempt(turn, step.state, step.definition, tookTooLong(step.definition), AGAIN);
  else failAttempt(turn, step.state, step.definition, outcome.error, outcome);
  return true;
}

/** A result that is to be written into the context is kept meanwhile; the same attempt goes on with that. */
function agentDone(turn: Turn, step: StepState, definition: StepDefinition, result: unknown): void {
  if (!rememberOf(definition)) {
    endStep(turn, step, 'COMPLETED', result);
    return;
  }
  answered(step);
  step.newResult = { value: result };
  step.unwritten = true;
  step.recoveries = 0;
  // Counted again when it is claimed.
  step.attempts -= 1;
  makeReady(turn, step, turn.now);
}

export function agentHeard(turn: Turn, command: OfKind<'agent-heard'>): boolean {
  const step = turn.step(command.stepId)?.state;
  if (step?.status !== 'WAITING' || step.agentExecutionId !== command.agentExecutionId) return false;
  if ((step.agentUnheardSince === null) === command.heard) return false;
  step.agentUnheardSince = command.heard ? null : turn.now;
  turn.emit('STEP_WAITING', step);
  return true;
}

export function wake(turn: Turn, command: OfKind<'wake'>): boolean {
  const step = turn.step(command.stepId)?.state;
  if (step?.status !== 'WAITING' || step.wakeAt === null) return false;
  if (step.wakeAt > turn.now) {
    turn.remind(step);
    return false;
  }
  endStep(turn, step, 'COMPLETED', null);
  return true;
}

export function expire(turn: Turn, command: OfKind<'expire'>): boolean {
  const step = turn.step(command.stepId);
  const lease = step?.state.leaseExpiresAt;
  if (step?.state.status !== 'RUNNING' || !lease || lease > turn.now) return false;
  const { state, definition } = step;
  if (state.recoveries >= MAX_RECOVERIES) {
    stopAttempt(turn, state);
    failAttempt(turn, state, definition, WORKER_LOST, FINAL);
    return true;
  }
  // The same attempt is begun once more.
  state.recoveries += 1;
  state.attempts -= 1;
  makeReady(turn, state, turn.now);
  turn.emit('STEP_RETRYING', state);
  return true;
}

export function timeOut(turn: Turn, command: OfKind<'time-out'>): boolean {
  const step = turn.step(command.stepId);
  if (!step || isStepEnded(step.state.status)) return false;
  const { state, definition } = step;
  if (!state.deadlineAt || state.deadlineAt > turn.now) return false;
  if (state.status === 'READY') {
    stopAttempt(turn, state);
    failAttempt(turn, state, definition, notStarted(definition), FINAL);
    return true;
  }
  if (state.stepType !== 'AGENT') failAttempt(turn, state, definition, tookTooLong(definition), AGAIN);
  else if (state.waitingSince !== null) giveUpWaiting(turn, state, definition);
  else awaitStop(turn, state);
  return true;
}

/** The attempt only fails once the agent service confirms that it has stopped: until then it may still be working. */
function awaitStop(turn: Turn, step: StepState): void {
  stopAttempt(turn, step);
  step.waitingFor = 'agent';
  step.waitingSince = turn.now;
  step.deadlineAt = turn.after(turn.serviceWaitMs);
  turn.emit('STEP_WAITING', step);
}

const waitedTooLong = ({ code, reason, maxWaitMs }: ServiceWait): StepError => ({
  code,
  message: `The step has waited for ${Math.round(maxWaitMs / 1_000)} s: ${reason}`,
});

const tookTooLong = ({ timeoutSeconds }: StepDefinition): StepError => ({
  code: 'TIMEOUT',
  message: `The attempt took longer than ${timeoutSeconds} s.`,
});

const notStarted = ({ waitTimeoutSeconds }: StepDefinition): StepError => ({
  code: 'WAIT_TIMEOUT',
  message: `The step could not start within ${waitTimeoutSeconds} s.`,
});

/** Grows with each failure, with jitter of up to a quarter less. */
function backoffMs({ initialDelayMs, maxDelayMs, multiplier }: RetryPolicy, failures: number, random: () => number) {
  return Math.min(maxDelayMs, initialDelayMs * multiplier ** failures) * (1 - random() / 4);
}

export function failAttempt(
  turn: Turn,
  step: StepState,
  definition: StepDefinition,
  error: StepError,
  failure: Failure,
): void {
  step.error = error;
  if (step.unwritten) forgetResult(step);
  if (isRetried(step, definition, failure)) {
    const backoff = backoffMs(definition.retryPolicy, step.failures, turn.random);
    const at = turn.after(Math.max(backoff, failure.retryAfterMs ?? 0));
    step.failures += 1;
    step.recoveries = 0;
    answered(step);
    makeReady(turn, step, at);
    turn.emit('STEP_RETRYING', step);
    return;
  }
  endStep(turn, step, 'FAILED');
  if (!isCaught(definition)) failExecution(turn, step, error);
}

function isRetried(step: StepState, definition: StepDefinition, { retryable, cause }: Failure): boolean {
  const { nonRetryableErrors } = definition.retryPolicy;
  const named = [step.error?.code, cause].some((code) => code !== undefined && nonRetryableErrors.includes(code));
  return retryable && !named && step.failures < definition.retryCount;
}

function forgetResult(step: StepState): void {
  step.unwritten = false;
  step.newResult = { value: null };
}
