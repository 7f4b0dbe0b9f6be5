import type { ChildWorkflow, Command } from '../commands.ts';
import { rulesOf } from '../body.ts';
import type { StepDefinition } from '../definition.ts';
import type { StepError, StepState } from '../execution-state.ts';
import { rememberOf } from '../../step-types/remember.ts';
import { MAX_RESULT_BYTES, RESULT_TOO_LARGE } from '../../result-size.ts';
import { answered, endStep, makeReady, releaseLease } from '../step-changes.ts';
import { attempted, failAttempt, FINAL } from '../step-transitions.ts';
import type { Turn } from '../turn.ts';

type OfKind<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

export function awaitChildren(turn: Turn, command: OfKind<'await-children'>): boolean {
  const step = attempted(turn, command);
  if (!step) return false;
  const { state, definition } = step;
  answered(state);
  releaseLease(state);
  state.status = 'WAITING';
  state.deadlineAt = null;
  state.childrenTotal = command.total;
  if (command.items !== undefined) state.newItems = { value: command.items };
  turn.emit('STEP_WAITING', state);
  goOn(turn, state, definition, command.workflow);
  return true;
}

export function childrenChanged(turn: Turn, { stepId }: OfKind<'children-changed'>): boolean {
  const step = turn.step(stepId);
  if (step?.state.status !== 'WAITING' || step.state.childrenTotal === null) return false;
  return goOn(turn, step.state, step.definition);
}

/** What the executions of its body mean for a step that waits for them. False when nothing has changed. */
function goOn(turn: Turn, step: StepState, definition: StepDefinition, workflow?: ChildWorkflow): boolean {
  const counts = turn.childrenOf(step);
  const total = step.childrenTotal ?? 0;
  const { completed, failed, open } = counts;
  const rules = rulesOf(definition);
  const news = completed !== step.childrenCompleted || failed !== step.childrenFailed;
  if (news) {
    step.childrenCompleted = completed;
    step.childrenFailed = failed;
    turn.emit('STEP_PROGRESSED', step);
  }
  if (failed > 0 && rules.failFast) {
    failAttempt(turn, step, definition, failureOf(definition, counts.failure), FINAL);
    return true;
  }
  if (completed + failed >= total) {
    if (rules.decides && total > 0) decideAgain(turn, step);
    else finish(turn, step, definition, counts.bytes ?? 0);
    return true;
  }
  if (turn.state.status === 'PAUSED') return news;
  const left = total - completed - failed - open;
  const problem = turn.root?.problem(left);
  if (problem) {
    failAttempt(turn, step, definition, problem, FINAL);
    return true;
  }
  const wanted = Math.min(rules.maxConcurrent - open, left);
  const room = turn.root?.roomFor(wanted, open > 0) ?? wanted;
  if (room <= 0) return news;
  if (definition.stepType === 'SUB_WORKFLOW' && !workflow) {
    const message = 'The execution of the other workflow was removed.';
    failAttempt(turn, step, definition, { code: 'CHILD_FAILED', message }, FINAL);
    return true;
  }
  turn.begin(step, room, workflow);
  return true;
}

/** The step looks at what has come of it: the same attempt goes on. */
function decideAgain(turn: Turn, step: StepState): void {
  step.recoveries = 0;
  // Counted again when it is claimed.
  step.attempts -= 1;
  makeReady(turn, step, turn.now);
}

function finish(turn: Turn, step: StepState, definition: StepDefinition, bytes: number): void {
  if (bytes > MAX_RESULT_BYTES) {
    const message = `The results of its executions have ${bytes} bytes as JSON, and at most ${MAX_RESULT_BYTES} are kept.`;
    failAttempt(turn, step, definition, { code: RESULT_TOO_LARGE, message }, FINAL);
    return;
  }
  step.resultBytes = bytes;
  turn.collect(step, rulesOf(definition).collects);
  if (!rememberOf(definition)) {
    endStep(turn, step, 'COMPLETED');
    return;
  }
  step.unwritten = true;
  decideAgain(turn, step);
}

function failureOf(
  { stepType }: StepDefinition,
  failure: { readonly index: number; readonly error: (StepError & { readonly stepId?: string }) | null } | null,
): StepError {
  const { index = 0, error } = failure ?? {};
  const what = {
    FOR_EACH: `The item ${index}`,
    LOOP: `The round ${index + 1}`,
    SUB_WORKFLOW: 'The other workflow',
  }[stepType as 'FOR_EACH' | 'LOOP' | 'SUB_WORKFLOW'];
  const where = error?.stepId === undefined ? '' : ` in the step ${error.stepId}`;
  const why = error ? ` with ${error.code}: ${error.message}` : '.';
  return { code: 'CHILD_FAILED', message: `${what} failed${where}${why}` };
}
