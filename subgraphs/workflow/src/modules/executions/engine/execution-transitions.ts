import type { Cancellation } from './commands.ts';
import { ancestorsOf, isCaught, withDescendants, type StepDefinition } from './definition.ts';
import {
  isExecutionEnded,
  isStepEnded,
  type ExecutionStatus,
  type StepError,
  type StepState,
} from './execution-state.ts';
import { oweCompensations } from './compensations/compensation-transitions.ts';
import { resetChildren } from './children/reset-children.ts';
import { resultProblem } from './execution-result.ts';
import { Flow } from './flow.ts';
import { answered, cancelStep, endStep, makeReady } from './step-changes.ts';
import { statsChange } from './stats-changes.ts';
import type { Turn } from './turn.ts';

export function pause(turn: Turn): boolean {
  const { state } = turn;
  if (isExecutionEnded(state.status) || state.status === 'PAUSED') return false;
  state.status = 'PAUSED';
  for (const step of state.steps.values()) {
    if (step.status !== 'READY') continue;
    step.readyAt = null;
    // A pause is no wait of the step.
    step.deadlineAt = null;
    turn.changedSteps.add(step);
  }
  turn.emit('EXECUTION_PAUSED');
  return true;
}

export function resume(turn: Turn): boolean {
  const { state } = turn;
  if (state.status !== 'PAUSED') return false;
  // It goes on waiting for a limit of its workflow.
  const isQueued = state.startGate === 'QUEUED';
  state.status = isQueued ? 'PENDING' : 'RUNNING';
  for (const step of state.steps.values()) {
    if (step.status !== 'READY' || isQueued) continue;
    // Nobody has asked the service meanwhile.
    if (step.waitingSince) step.waitingSince = turn.now;
    makeReady(turn, step, later(turn.now, step.wakeAt));
  }
  turn.emit('EXECUTION_RESUMED');
  return true;
}

const later = (now: Date, at: Date | null): Date => (at && at > now ? at : now);

export function cancel(turn: Turn, { reason, code = 'CANCELLED', onlyQueued = false }: Cancellation): boolean {
  if (isExecutionEnded(turn.state.status) || (onlyQueued && turn.state.startGate !== 'QUEUED')) return false;
  turn.state.error = { code, message: reason?.trim() || 'The execution was cancelled.' };
  endExecution(turn, 'CANCELLED');
  return true;
}

/** A step finally failed: all steps that have not ended are cancelled. */
export function failExecution(turn: Turn, step: StepState, error: StepError): void {
  turn.state.error = { ...error, stepId: step.stepId };
  endExecution(turn, 'FAILED');
}

/** All its steps have ended. */
function complete(turn: Turn): void {
  turn.state.error = resultProblem(turn);
  endExecution(turn, turn.state.error ? 'FAILED' : 'COMPLETED');
}

function endExecution(turn: Turn, status: 'COMPLETED' | 'FAILED' | 'CANCELLED'): void {
  const { state, now } = turn;
  for (const step of state.steps.values()) {
    if (!isStepEnded(step.status)) cancelStep(turn, step);
  }
  state.status = status;
  state.startedAt ??= now;
  state.completedAt = now;
  countIt(turn, 1);
  turn.finished = status === 'COMPLETED';
  turn.emit(`EXECUTION_${status}`);
  oweCompensations(turn);
}

/** In the figures of the workflow; what is a part of another execution is counted with that. */
export function countIt(turn: Turn, sign: 1 | -1): void {
  if (turn.state.parent !== null) return;
  turn.counters.push(counted(turn, sign));
  turn.stats.push(statsChange(turn.state, sign));
}

function counted(turn: Turn, sign: 1 | -1) {
  const { status, startedAt, completedAt } = turn.state;
  const completed = status === 'COMPLETED';
  return {
    success: completed ? sign : 0,
    failure: status === 'FAILED' ? sign : 0,
    durationMs: completed && startedAt && completedAt ? sign * (completedAt.getTime() - startedAt.getTime()) : 0,
  };
}

/** The steps that run again: the named one and others that failed or were cancelled, with all steps that depend on them. */
export function stepsToRetry(turn: Turn, fromStep: string | undefined): Set<string> {
  const start = fromStep === undefined ? [] : [fromStep];
  for (const step of turn.state.steps.values()) {
    const definition = turn.definition.byId.get(step.stepId);
    const failed = step.status === 'FAILED' && !(definition && isCaught(definition));
    // Without these, the execution could not complete, wherever it restarts.
    if (failed || step.status === 'CANCELLED') start.push(step.stepId);
    else if (fromStep === undefined && step.status === 'FAILED') start.push(step.stepId);
  }
  return withDescendants(turn.definition, start);
}

export interface RetryOptions {
  readonly fromStep?: string | undefined;
  /** What has completed of steps with bodies runs again too. */
  readonly allItems?: boolean | undefined;
  /** Refused when it ended later: it was retried meanwhile. */
  readonly endedBefore?: Date | undefined;
}

export function retry(turn: Turn, { fromStep, allItems = false, endedBefore }: RetryOptions): boolean {
  const { state } = turn;
  // What was undone cannot be gone on from.
  if (!isExecutionEnded(state.status) || state.compensationStatus !== 'NONE') return false;
  if (endedBefore && state.completedAt && state.completedAt > endedBefore) return false;
  if (fromStep !== undefined && !state.steps.has(fromStep)) return false;
  const again = stepsToRetry(turn, fromStep);
  // One that has failed may have lost the steps that did, by a move to another version.
  if (again.size === 0 && state.status === 'COMPLETED') return false;
  countIt(turn, -1);
  state.status = 'RUNNING';
  state.error = null;
  state.startedAt = turn.now;
  state.completedAt = null;
  turn.finished = false;
  turn.restarted = true;
  // It was CANCELLED while it waited for a limit, which does not hold for retries.
  if (state.startGate === 'QUEUED') state.startGate = 'PASSED';
  for (const id of again) {
    const step = state.steps.get(id);
    if (!step) continue;
    resetChildren(turn, step, !allItems && keepsChildren(turn, step, again));
    reset(turn, step);
  }
  turn.emit('EXECUTION_RETRIED');
  return true;
}

/** What has completed of it still stands: it did not all complete, and nothing before it runs again. */
function keepsChildren({ definition }: Turn, step: StepState, again: ReadonlySet<string>): boolean {
  const begun = step.status === 'FAILED' || step.status === 'CANCELLED' || step.childrenFailed > 0;
  return begun && ![...ancestorsOf(definition.byId, step.stepId)].some((id) => again.has(id));
}

export function reset(turn: Turn, step: StepState): void {
  step.status = 'PENDING';
  step.generation += 1;
  step.failures = 0;
  step.recoveries = 0;
  answered(step);
  step.unwritten = false;
  step.contextVersion = null;
  step.contextWritten = null;
  step.error = null;
  step.newResult = { value: null };
  step.resultBytes = null;
  step.startedAt = null;
  step.completedAt = null;
  turn.changedSteps.add(step);
}

/**
 * Applies the consequences of the last command: steps whose dependencies have ended become ready or are skipped, and the
 * execution ends when all its steps have.
 */
export function settle(turn: Turn): void {
  const { state } = turn;
  if (isExecutionEnded(state.status)) return;
  const flow = new Flow(turn.definition, state.steps);
  let moved = true;
  while (moved) {
    moved = false;
    for (const definition of turn.definition.steps) {
      const step = state.steps.get(definition.id);
      if (step?.status === 'PENDING' && advance(turn, flow, step, definition)) moved = true;
    }
  }
  const steps = [...state.steps.values()];
  if (steps.every(({ status }) => isStepEnded(status))) complete(turn);
  else if (state.status !== 'PAUSED') setStatus(turn, statusOf(turn, steps));
}

/** True when the step was skipped, which may make other steps ready. */
function advance(turn: Turn, flow: Flow, step: StepState, definition: StepDefinition): boolean {
  const before = definition.dependencies.map((id) => turn.state.steps.get(id)?.status ?? 'SKIPPED');
  if (!before.every(isStepEnded)) return false;
  if (!flow.reaches(definition)) {
    turn.log({ level: 'INFO', message: 'Skipped, as no step that has run leads to it.' }, step.stepId);
    endStep(turn, step, 'SKIPPED');
    return true;
  }
  makeReady(turn, step, turn.now);
  return false;
}

function statusOf({ state }: Turn, steps: readonly StepState[]): ExecutionStatus {
  if (state.startedAt === null) return 'PENDING';
  const busy = steps.some(
    (step) => isActive(step.status) || (step.status === 'WAITING' && step.wakeAt === null && !isPatient(step)),
  );
  return busy ? 'RUNNING' : 'WAITING';
}

/** Nobody works for it while it waits. */
const isPatient = ({ stepType }: StepState) => stepType === 'WAIT_FOR_EVENT' || stepType === 'APPROVAL';

const isActive = (status: StepState['status']) => status === 'READY' || status === 'RUNNING';

function setStatus(turn: Turn, status: ExecutionStatus): void {
  if (turn.state.status === status) return;
  turn.state.status = status;
  turn.changed = true;
}
