import { ASIDE_BYTES, isLargerThan, MAX_RESULT_BYTES, RESULT_TOO_LARGE } from '../result-size.ts';
import type { Definition } from './definition.ts';
import type { StepError, StepState } from './execution-state.ts';
import type { Turn } from './turn.ts';

/** Steps that nothing depends on: the result of an execution is theirs. */
export const lastSteps = ({ steps, successors }: Definition): string[] =>
  steps.filter(({ id }) => successors.get(id)?.length === 0).map(({ id }) => id);

const lastRun = ({ definition, state }: Turn): StepState[] =>
  lastSteps(definition)
    .flatMap((id) => state.steps.get(id) ?? [])
    .filter(({ status }) => status !== 'SKIPPED');

/**
 * The result of an execution that has completed: the only one there is, or all of them by step. Undefined when some of it is in the
 * database alone, or is so large that it is copied there.
 */
export function resultOf(turn: Turn): { readonly value: unknown } | undefined {
  const run = lastRun(turn);
  if (!run.every((step) => isKnown(turn, step))) return undefined;
  if (run.some(({ newResult }) => isLargerThan(newResult?.value, ASIDE_BYTES))) return undefined;
  const [only] = run;
  if (only && run.length === 1) return only.newResult;
  return { value: Object.fromEntries(run.map(({ stepId, newResult }) => [stepId, newResult?.value ?? null])) };
}

const isKnown = ({ collected }: Turn, step: StepState): boolean =>
  step.status === 'COMPLETED' && step.newResult !== undefined && !collected.some((each) => each.step === step);

/** Why an execution whose steps have all ended has no result: those of its last steps are too much together. Null when it has one. */
export function resultProblem(turn: Turn): StepError | null {
  const run = lastRun(turn);
  // One alone has been checked as that of its step.
  if (run.length < 2) return null;
  const bytes = run.reduce((sum, step) => sum + bytesOf(turn, step), 0);
  if (bytes <= MAX_RESULT_BYTES) return null;
  const message = `The results of its ${run.length} last steps have ${bytes} bytes as JSON, and at most ${MAX_RESULT_BYTES} are kept as the result of an execution.`;
  return { code: RESULT_TOO_LARGE, message };
}

const bytesOf = (turn: Turn, step: StepState): number =>
  isKnown(turn, step) ? Buffer.byteLength(JSON.stringify(step.newResult?.value ?? null)) : (step.resultBytes ?? 0);
