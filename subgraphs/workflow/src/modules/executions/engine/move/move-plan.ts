import { isDeepStrictEqual } from 'node:util';
import { isCaught, withDescendants, type Definition, type StepDefinition } from '../definition.ts';
import type { ExecutionState, StepState } from '../execution-state.ts';

/** What becomes of a step when its execution goes on by another version. */
export type StepFate = 'KEPT' | 'RUNS' | 'ADDED' | 'REMOVED';

export interface StepMove {
  readonly stepId: string;
  readonly fate: StepFate;
}

/** Why an execution cannot go on by another version. */
export interface MoveProblem {
  readonly code: MoveProblemCode;
  /** Null when it is about the execution as a whole. */
  readonly stepId: string | null;
  readonly message: string;
}
export type MoveProblemCode =
  | 'STEP_IN_PROGRESS'
  | 'STEP_TYPE_CHANGED'
  | 'COMPENSATION_LOST'
  | 'DEPENDENCY_NOT_ENDED'
  | 'INPUT_INVALID'
  | 'CONTEXT_MISSING';

export interface MovePlan {
  /** Steps of the version to go on by, in its order, then those that it does not have. */
  readonly steps: readonly StepMove[];
  readonly problems: readonly MoveProblem[];
}

/** Only decided by the state and the two versions. */
export function planMove({ steps }: Pick<ExecutionState, 'steps'>, from: Definition, to: Definition): MovePlan {
  const pastSkipped = skippedThatOthersPassed(steps, to);
  const fates = new Map<string, StepFate>();
  for (const after of to.steps) {
    const step = steps.get(after.id);
    fates.set(after.id, step ? fateOf(step, after, pastSkipped) : 'ADDED');
  }
  const removed = [...steps.keys()].filter((id) => from.byId.has(id) && !to.byId.has(id));
  const problems = [...steps.values()].flatMap((step) => {
    const [before, after] = [from.byId.get(step.stepId), to.byId.get(step.stepId)];
    return before || after ? (problemOf(step, before, after) ?? []) : [];
  });
  const isEnded = (id: string) => fates.get(id) === 'KEPT' && steps.get(id)?.status !== 'WAITING';
  for (const { id, dependencies } of to.steps) {
    const open = fates.get(id) === 'KEPT' ? dependencies.filter((before) => !isEnded(before)) : [];
    if (open.length > 0) problems.push(dependencyProblem(id, open));
  }
  return {
    steps: [
      ...to.steps.map(({ id }) => ({ stepId: id, fate: fates.get(id) ?? 'ADDED' })),
      ...removed.map((stepId) => ({ stepId, fate: 'REMOVED' as const })),
    ],
    problems,
  };
}

function fateOf(step: StepState, after: StepDefinition, pastSkipped: ReadonlySet<string>): StepFate {
  switch (step.status) {
    case 'COMPLETED':
    case 'WAITING':
      return 'KEPT';
    case 'FAILED':
      return isCaught(after) && step.stepType === after.stepType ? 'KEPT' : 'RUNS';
    // Decided anew, as the version may lead to it.
    case 'SKIPPED':
      return pastSkipped.has(step.stepId) ? 'KEPT' : 'RUNS';
    default:
      return 'RUNS';
  }
}

/** Skipped steps that are followed by some that were not: these have taken them for ended. */
function skippedThatOthersPassed(steps: ExecutionState['steps'], to: Definition): Set<string> {
  const isPast = ({ status }: StepState) => status === 'COMPLETED' || status === 'WAITING';
  return new Set(
    [...steps.values()]
      .filter(({ status, stepId }) => status === 'SKIPPED' && to.byId.has(stepId))
      .filter(({ stepId }) =>
        [...withDescendants(to, [stepId])].some((id) => {
          const later = steps.get(id);
          return later !== undefined && isPast(later);
        }),
      )
      .map(({ stepId }) => stepId),
  );
}

function problemOf(
  step: StepState,
  before: StepDefinition | undefined,
  after: StepDefinition | undefined,
): MoveProblem | null {
  const { stepId } = step;
  const inProgress = progressOf(step, before, after);
  if (inProgress) return { code: 'STEP_IN_PROGRESS', stepId, message: inProgress };
  if (!after && before?.compensation && step.attempts > 0) {
    const message =
      'The step has begun, and the version does not have it: what undoes it would be lost. Keep the step in the version.';
    return { code: 'COMPENSATION_LOST', stepId, message };
  }
  if (after && step.status === 'COMPLETED' && step.stepType !== after.stepType) {
    const message = `The step has completed as ${step.stepType}, and is ${after.stepType} in the version: give the new step another id.`;
    return { code: 'STEP_TYPE_CHANGED', stepId, message };
  }
  return null;
}

/** In words what of a step is under way; null when nothing is that the move would touch. */
function progressOf(
  step: StepState,
  before: StepDefinition | undefined,
  after: StepDefinition | undefined,
): string | null {
  if (step.agentStops.length > 0) return 'An agent is being stopped: try again in a moment.';
  if (step.status === 'RUNNING') return 'The step runs: try again when its attempt has ended.';
  if (step.status === 'READY' && (step.recoveries + step.waits > 0 || step.unwritten)) {
    return 'An attempt of the step has begun and is to be continued: resume the execution until it has ended.';
  }
  if (step.status !== 'WAITING') return null;
  if (!WAITS_ALONE.has(step.stepType)) return 'The step waits for work to end: try again when it has.';
  return isSame(before, after) ? null : 'The step waits, and is another one in the version: let it end, or cancel.';
}

/** Their waits ask nothing of the version while it lasts. */
const WAITS_ALONE: ReadonlySet<string> = new Set(['DELAY', 'WAIT_FOR_EVENT', 'APPROVAL']);

/** The order of steps means nothing to executions. */
const isSame = (before: StepDefinition | undefined, after: StepDefinition | undefined): boolean =>
  before !== undefined &&
  after !== undefined &&
  isDeepStrictEqual({ ...before, position: 0 }, { ...after, position: 0 });

const dependencyProblem = (stepId: string, open: readonly string[]): MoveProblem => ({
  code: 'DEPENDENCY_NOT_ENDED',
  stepId,
  message: `The step is done or waits, and depends in the version on ${open.slice(0, 5).join(', ')}, which would run after it: give the step another id to run it again.`,
});
