import type { StepDefinition } from '../../executions/engine/definition.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

/** Steps of one name, steps that are named and do not exist, cycles; the latter of steps whose names are one step each. */
export function graphProblems(steps: readonly StepDefinition[]): WorkflowProblem[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const unique = new Map(byId);
  const twice = duplicates(steps);
  for (const { stepId } of twice) if (stepId !== null) unique.delete(stepId);
  return [...twice, ...unknownDependencies(steps, byId), ...unknownHandlers(steps, byId), ...cycles(steps, unique)];
}

function unknownHandlers(
  steps: readonly StepDefinition[],
  byId: ReadonlyMap<string, StepDefinition>,
): WorkflowProblem[] {
  return steps.flatMap(({ id, onFailure }, index) =>
    onFailure.flatMap((handler, place) =>
      byId.has(handler)
        ? []
        : [stepProblem(index, id, 'UNKNOWN_STEP', `onFailure[${place}]`, `there is no step ${handler}`)],
    ),
  );
}

function duplicates(steps: readonly StepDefinition[]): WorkflowProblem[] {
  const seen = new Set<string>();
  return steps.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [stepProblem(index, id, 'DUPLICATE_STEP', 'id', `there is a step ${id} already`)];
  });
}

function unknownDependencies(
  steps: readonly StepDefinition[],
  byId: ReadonlyMap<string, StepDefinition>,
): WorkflowProblem[] {
  return steps.flatMap(({ id, dependencies }, index) =>
    dependencies.flatMap((before, place) =>
      byId.has(before)
        ? []
        : [stepProblem(index, id, 'UNKNOWN_STEP', `dependencies[${place}]`, `there is no step ${before}`)],
    ),
  );
}

/** One problem for each set of steps that wait for each other, with one way round. */
function cycles(steps: readonly StepDefinition[], byId: ReadonlyMap<string, StepDefinition>): WorkflowProblem[] {
  return stronglyConnected(steps, byId).flatMap((group) => {
    const first = steps.findIndex(({ id }) => group.has(id));
    const step = steps[first];
    if (!step) return [];
    const way = wayRound(step, group, byId);
    return [stepProblem(first, step.id, 'CYCLE', 'dependencies', `the steps wait for each other: ${way.join(' → ')}`)];
  });
}

/** From the step back to itself, in the order in which the steps would have to run. */
function wayRound(
  start: StepDefinition,
  group: ReadonlySet<string>,
  byId: ReadonlyMap<string, StepDefinition>,
): string[] {
  const reachedBy = new Map<string, string>();
  const queue = [start.id];
  for (const id of queue) {
    for (const before of byId.get(id)?.dependencies ?? []) {
      if (!group.has(before) || reachedBy.has(before)) continue;
      reachedBy.set(before, id);
      if (before === start.id) return followBack(start.id, reachedBy);
      queue.push(before);
    }
  }
  return [start.id];
}

function followBack(start: string, reachedBy: ReadonlyMap<string, string>): string[] {
  const way = [start];
  let at = reachedBy.get(start);
  while (at !== undefined && at !== start) {
    way.push(at);
    at = reachedBy.get(at);
  }
  return [...way, start];
}

/** Tarjan: the sets of steps each of which can be reached from each other; single steps only with a loop. */
function stronglyConnected(steps: readonly StepDefinition[], byId: ReadonlyMap<string, StepDefinition>): Set<string>[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const open = new Set<string>();
  const groups: Set<string>[] = [];

  const visit = (id: string): void => {
    const number = order.size;
    order.set(id, number);
    low.set(id, number);
    stack.push(id);
    open.add(id);
    for (const before of byId.get(id)?.dependencies ?? []) {
      if (!byId.has(before)) continue;
      if (!order.has(before)) {
        visit(before);
        low.set(id, Math.min(low.get(id) ?? 0, low.get(before) ?? 0));
      } else if (open.has(before)) {
        low.set(id, Math.min(low.get(id) ?? 0, order.get(before) ?? 0));
      }
    }
    if (low.get(id) !== number) return;
    const group = new Set(stack.splice(stack.lastIndexOf(id)));
    for (const each of group) open.delete(each);
    if (group.size > 1 || byId.get(id)?.dependencies.includes(id)) groups.push(group);
  };

  for (const { id } of steps) if (!order.has(id)) visit(id);
  return groups;
}
