import type { Definition } from './definition.ts';
import type { StepState } from './execution-state.ts';
import type { Turn } from './turn.ts';

/** Steps that nothing depends on: the result of an execution is theirs. */
export const lastSteps = ({ steps, successors }: Definition): string[] =>
  steps.filter(({ id }) => successors.get(id)?.length === 0).map(({ id }) => id);

/**
 * The result of an execution that has completed: the only one there is, or all of them by step. Undefined when some of it is in the
 * database alone.
 */
export function resultOf({ definition, state, collected }: Turn): { readonly value: unknown } | undefined {
  const last = lastSteps(definition).flatMap((id) => state.steps.get(id) ?? []);
  const run = last.filter(({ status }) => status !== 'SKIPPED');
  const collects = new Set(collected.map(({ step }) => step));
  if (!run.every((step) => isKnown(step) && !collects.has(step))) return undefined;
  const [only] = run;
  if (only && run.length === 1) return only.newResult;
  return { value: Object.fromEntries(run.map(({ stepId, newResult }) => [stepId, newResult?.value ?? null])) };
}

const isKnown = ({ status, newResult }: StepState): boolean => status === 'COMPLETED' && newResult !== undefined;
