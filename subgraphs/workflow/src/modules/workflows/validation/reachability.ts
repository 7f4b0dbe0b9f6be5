import { checkCel, evaluateCel } from '@flowmesh/platform/expressions';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

/**
 * Steps that would be skipped in every execution: behind a condition that is false whatever happens, or only behind
 * such steps.
 */
export async function unreachableSteps(steps: readonly StepDefinition[]): Promise<WorkflowProblem[]> {
  const never = new Set<string>();
  for (const { id, condition } of steps) if (await isNever(condition)) never.add(id);
  const problems = new Map(
    [...never].map((id) => [id, { place: 'condition', message: 'is false in every execution: the step never runs' }]),
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, dependencies } of steps) {
      if (never.has(id) || dependencies.length === 0 || !dependencies.every((before) => never.has(before))) continue;
      never.add(id);
      problems.set(id, { place: 'dependencies', message: 'the step never runs: all it depends on are always skipped' });
      grown = true;
    }
  }
  return steps.flatMap(({ id }, index) => {
    const problem = problems.get(id);
    return problem ? [stepProblem(index, id, 'UNREACHABLE_STEP', problem.place, problem.message)] : [];
  });
}

async function isNever(condition: string | null): Promise<boolean> {
  if (condition === null) return false;
  const { problem, references } = checkCel(condition);
  if (problem || references.length > 0) return false;
  return (await evaluateCel(condition, {}).catch(() => undefined)) === false;
}
