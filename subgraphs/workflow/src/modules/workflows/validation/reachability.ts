import { checkCel, evaluateCel, ExpressionError } from '@flowmesh/platform/expressions';
import type { Requester } from '@flowmesh/platform/sandbox';
import { catchesOf, type StepDefinition } from '../../executions/engine/definition.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

/**
 * Steps that would be skipped in every execution: behind a condition that is false whatever happens, or only behind
 * such steps.
 */
export async function unreachableSteps(steps: readonly StepDefinition[], whom: Requester): Promise<WorkflowProblem[]> {
  const catches = catchesOf(steps);
  const problems = new Map(
    [...(await neverTrue(steps, whom))].map((id) => [
      id,
      { place: 'condition', message: 'is false in every execution: the step never runs' },
    ]),
  );
  // Steps that never run, and through which no execution goes on either.
  const ends = new Set<string>();
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, dependencies, onSkip } of steps) {
      if (ends.has(id)) continue;
      const caught = [...(catches.get(id) ?? [])];
      const unreached = dependencies.length > 0 && dependencies.every((before) => ends.has(before));
      const needless = caught.length > 0 && caught.every((before) => problems.has(before));
      if ((unreached || needless) && !problems.has(id)) {
        problems.set(id, { place: 'dependencies', message: unreached ? UNREACHED : NEEDLESS });
        grown = true;
      }
      if (!problems.has(id) || (onSkip === 'CONTINUE' && !unreached)) continue;
      ends.add(id);
      grown = true;
    }
  }
  return steps.flatMap(({ id }, index) => {
    const problem = problems.get(id);
    return problem ? [stepProblem(index, id, 'UNREACHABLE_STEP', problem.place, problem.message)] : [];
  });
}

const UNREACHED = 'the step never runs: all it depends on are always skipped';
const NEEDLESS = 'the step never runs: the steps whose failure it waits for are always skipped';

/** Time limits for one constant expression, and for all of them together. */
const TIMEOUT_MS = 100;
const ALL_MS = 2_000;

/** Steps whose condition reads nothing and is false. Those that take too long to tell are left alone. */
async function neverTrue(steps: readonly StepDefinition[], whom: Requester): Promise<Set<string>> {
  const never = new Set<string>();
  const begun = performance.now();
  for (const { id, condition } of steps) {
    if (performance.now() - begun > ALL_MS) break;
    if (condition !== null && (await isNever(condition, whom))) never.add(id);
  }
  return never;
}

async function isNever(condition: string, whom: Requester): Promise<boolean> {
  const { problem, references } = await checkCel(condition, whom);
  if (problem || references.length > 0) return false;
  try {
    return (await evaluateCel(condition, {}, { ...whom, timeoutMs: TIMEOUT_MS })) === false;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}
