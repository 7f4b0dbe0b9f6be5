import { isDeepStrictEqual } from 'node:util';
import type { Command } from '../commands.ts';
import { resetChildren } from '../children/reset-children.ts';
import type { Definition, StepDefinition } from '../definition.ts';
import { isExecutionEnded, type StepState } from '../execution-state.ts';
import { countIt, reset } from '../execution-transitions.ts';
import { newStep } from '../new-execution.ts';
import type { Turn } from '../turn.ts';
import { planMove, type MovePlan } from './move-plan.ts';

/**
 * From now on the execution goes by another version. What has failed goes on when it is retried, what is paused when it is resumed:
 * steps that are to run wait for that as CANCELLED or PENDING. Tells what becomes of the steps, or why nothing was changed.
 */
export function move(turn: Turn, { definition: to, dryRun }: Extract<Command, { kind: 'move' }>): boolean {
  const { state } = turn;
  const movable = (state.status === 'FAILED' || state.status === 'PAUSED') && state.parent === null;
  if (!movable || state.compensationStatus !== 'NONE' || state.startGate === 'QUEUED') return false;
  const from = turn.definition;
  const plan = planMove(state, from, to);
  turn.plan = plan;
  if (dryRun || plan.problems.length > 0) return false;
  const ended = isExecutionEnded(state.status);
  // Statistics are told anew of steps that change.
  if (ended) countIt(turn, -1);
  change(turn, plan, from, to);
  if (ended) countIt(turn, 1);
  state.workflowVersion = to.version;
  turn.definition = to;
  turn.moved = true;
  turn.emit('EXECUTION_MOVED');
  return true;
}

function change(turn: Turn, { steps }: MovePlan, from: Definition, to: Definition): void {
  const ended = isExecutionEnded(turn.state.status);
  for (const { stepId, fate } of steps) {
    const after = to.byId.get(stepId);
    const step = turn.state.steps.get(stepId);
    if (fate === 'ADDED' && after) add(turn, after, ended);
    else if (fate === 'REMOVED' && step) remove(turn, step);
    else if (fate === 'RUNS' && step && after) runLater(turn, step, from.byId.get(stepId), after, ended);
  }
}

function add(turn: Turn, definition: StepDefinition, ended: boolean): void {
  const step = newStep(definition, null);
  step.status = ended ? 'CANCELLED' : 'PENDING';
  if (ended) step.completedAt = turn.now;
  turn.state.steps.set(step.stepId, step);
  turn.changedSteps.add(step);
}

/** It is kept, so that work under the keys of its attempts is never taken for that of a step which gets its id later. */
function remove(turn: Turn, step: StepState): void {
  if (step.status === 'COMPLETED') return;
  step.status = 'SKIPPED';
  step.readyAt = null;
  step.wakeAt = null;
  step.deadlineAt = null;
  step.completedAt ??= turn.now;
  turn.changedSteps.add(step);
}

function runLater(
  turn: Turn,
  step: StepState,
  before: StepDefinition | undefined,
  after: StepDefinition,
  ended: boolean,
): void {
  if (!keepsItems(before, after)) resetChildren(turn, step, false);
  step.stepType = after.stepType;
  if (!ended) {
    step.readyAt = null;
    step.wakeAt = null;
    step.deadlineAt = null;
    step.completedAt = null;
    // Nothing was ever done under its keys.
    if (step.attempts === 0) step.status = 'PENDING';
    else reset(turn, step);
  } else if (step.status !== 'FAILED') step.status = 'CANCELLED';
  turn.changedSteps.add(step);
}

/** What has completed of its body still stands: only what each item or round does may be another. */
function keepsItems(before: StepDefinition | undefined, after: StepDefinition): boolean {
  if (!before || before.stepType !== after.stepType) return false;
  return isDeepStrictEqual({ ...before.config, steps: null }, { ...after.config, steps: null });
}
