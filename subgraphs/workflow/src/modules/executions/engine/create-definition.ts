import { bodyOf } from './body.ts';
import { compensationStep, scopeOf } from './compensations/compensation.ts';
import { catchesOf, type Definition, type StepDefinition } from './definition.ts';

export function createDefinition(
  version: Pick<Definition, 'workflowId' | 'version' | 'config' | 'contextMode'> & {
    readonly steps: readonly StepDefinition[];
  },
): Definition {
  const steps = [...version.steps].sort((a, b) => a.position - b.position);
  const successors = new Map<string, string[]>(steps.map(({ id }) => [id, []]));
  for (const step of steps) for (const id of step.dependencies) successors.get(id)?.push(step.id);
  const byId = new Map(steps.map((step) => [step.id, step]));
  const bodies = new Map<string, Definition>();
  for (const step of steps) {
    const undoing = compensationStep(step);
    if (undoing) bodies.set(scopeOf(step.id), createDefinition({ ...version, steps: [undoing] }));
    const body = bodyOf(step);
    if (!body) continue;
    const inside = createDefinition({ ...version, steps: body });
    bodies.set(step.id, inside);
    for (const [id, deeper] of inside.bodies) bodies.set(id, deeper);
  }
  return { ...version, steps, byId, successors, bodies, catches: catchesOf(steps) };
}

/** What an execution runs: the body, or the compensation, that `scope` names, or the steps of the workflow. Throws when there is no such step. */
export function definitionOf(definition: Definition, scope: string | null): Definition {
  const found = scope === null ? definition : definition.bodies.get(scope);
  if (!found) throw new Error(`workflow ${definition.workflowId} has no steps inside of ${scope}`);
  return found;
}
