import type { StepDefinition } from '../../executions/engine/definition.ts';
import { allWork } from './nested-steps.ts';
import type { WorkflowProblem } from './problem.ts';

interface Known {
  readonly id: string;
  readonly ownerId: string;
  readonly version: number;
}

export interface KnownWorkflowsParts {
  readonly findMany: (ids: readonly string[]) => Promise<readonly Known[]>;
  readonly stepsOf: (
    versions: readonly { readonly workflowId: string; readonly version: number }[],
  ) => Promise<readonly { readonly workflowId: string; readonly step: StepDefinition }[]>;
}

/** Workflows that are looked at to find recursion; more depth or number is found when they run. */
const MAX_LOOKED_AT = 200;

const workflowsIn = (steps: readonly StepDefinition[]) =>
  allWork(steps).flatMap(({ step, path }) => {
    const { workflowId } = step.config as { readonly workflowId?: unknown };
    return step.stepType === 'SUB_WORKFLOW' && typeof workflowId === 'string' ? [{ id: workflowId, step, path }] : [];
  });

/**
 * SUB_WORKFLOW steps whose workflow does not exist or may not be seen, or by which the workflow `self` (null for a new one)
 * would run itself.
 */
export async function subWorkflowProblems(
  steps: readonly StepDefinition[],
  self: string | null,
  maySee: (ownerId: string) => boolean,
  parts: KnownWorkflowsParts,
): Promise<WorkflowProblem[]> {
  const wanted = workflowsIn(steps);
  if (wanted.length === 0) return [];
  const found = await parts.findMany([...new Set(wanted.map(({ id }) => id))]);
  const known = new Set(found.filter(({ ownerId }) => maySee(ownerId)).map(({ id }) => id));
  const problems: WorkflowProblem[] = [];
  for (const { id, step, path } of wanted) {
    const place = { path: `${path}.config.workflowId`, stepId: step.id };
    if (!known.has(id)) {
      const message = `there is no workflow ${id}, or you may not see it`;
      problems.push({ ...place, code: 'UNKNOWN_WORKFLOW', message });
    } else if (self !== null && (await reaches(id, self, parts))) {
      problems.push({ ...place, code: 'RECURSION', message: 'the workflow would run itself' });
    }
  }
  return problems;
}

/** Whether a workflow runs another one, itself or by those that it runs. */
async function reaches(from: string, to: string, { findMany, stepsOf }: KnownWorkflowsParts): Promise<boolean> {
  const seen = new Set([from]);
  for (let next = [from]; next.length > 0 && seen.size < MAX_LOOKED_AT;) {
    if (next.includes(to)) return true;
    const versions = (await findMany(next)).map(({ id: workflowId, version }) => ({ workflowId, version }));
    const steps = versions.length > 0 ? await stepsOf(versions) : [];
    next = [...new Set(workflowsIn(steps.map(({ step }) => step)).map(({ id }) => id))].filter((id) => !seen.has(id));
    for (const id of next) seen.add(id);
  }
  return seen.has(to);
}
