import type { Requester } from '@flowmesh/platform/sandbox';
import { compensationStep, isCause } from '../../executions/engine/compensations/compensation.ts';
import { ancestorsOf, type StepDefinition } from '../../executions/engine/definition.ts';
import type { JsonObject } from '../workflow-record.ts';
import { expressionProblems, type Around } from './expression-problems.ts';
import type { WorkflowProblem } from './problem.ts';
import { stepTypeProblems } from './step-problems.ts';

/** No step can be called like this, so expressions read the result of the step that is undone, whatever it is called. */
const UNDOING = ':';

/** What is wrong with what undoes steps, which are beside each other. */
export async function compensationProblems(
  steps: readonly StepDefinition[],
  whom: Requester,
  around: Around,
): Promise<WorkflowProblem[]> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const problems: WorkflowProblem[] = [];
  for (const [index, step] of steps.entries()) {
    const undoing = compensationStep(step);
    if (!undoing) continue;
    const readable = {
      ended: new Set([...around.ended, ...ancestorsOf(byId, step.id), step.id]),
      known: new Set([...around.known, ...byId.keys()]),
      variables: [...around.variables, 'failure'],
    };
    const found = [
      ...stepTypeProblems(undoing, 0),
      ...(await expressionProblems([{ ...undoing, id: UNDOING }], new Map(), whom, readable)),
    ];
    problems.push(
      ...found.map((problem) => ({
        ...problem,
        path: problem.path.replace('steps[0]', `steps[${index}].compensation`),
        stepId: step.id,
      })),
    );
  }
  return problems;
}

/** Of the configuration of a workflow: which ends of executions are followed by compensations. */
export function compensateOnProblems({ compensateOn }: JsonObject): WorkflowProblem[] {
  if (compensateOn === undefined) return [];
  if (Array.isArray(compensateOn) && compensateOn.every(isCause)) return [];
  const message = 'must be a list of FAILED and CANCELLED; an empty one undoes nothing';
  return [{ code: 'INVALID_VALUE', path: 'config.compensateOn', stepId: null, message }];
}
