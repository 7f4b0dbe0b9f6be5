import type { Requester } from '@flowmesh/platform/sandbox';
import { asLoop } from '../../executions/engine/loop-workflow.ts';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import type { JsonObject } from '../workflow-record.ts';
import type { WorkflowProblem } from './problem.ts';
import { definitionProblems } from './validate-workflow.ts';

const INSIDE = 'steps[0].config.';

/** What is wrong with a workflow of type LOOP: with its steps, or with the `loop` of its configuration. */
export async function loopProblems(
  steps: readonly StepDefinition[],
  config: JsonObject,
  whom: Requester,
): Promise<WorkflowProblem[]> {
  const found = await definitionProblems(asLoop(steps, config), whom);
  return found.map((problem) => {
    if (!problem.path.startsWith(INSIDE)) return problem;
    const below = problem.path.slice(INSIDE.length);
    return below.startsWith('steps[') || below === 'steps'
      ? { ...problem, path: below }
      : { ...problem, path: `config.loop.${below}`, stepId: null };
  });
}
