import { checkSchema } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import type { JsonObject } from '../workflow-record.ts';
import { expressionProblems } from './expression-problems.ts';
import { graphProblems } from './graph-problems.ts';
import type { WorkflowProblem } from './problem.ts';
import { unreachableSteps } from './reachability.ts';
import { stepTypeProblems } from './step-problems.ts';

/** More are not worth reading. */
const MAX_PROBLEMS = 500;

/** Everything that is wrong with the steps of a workflow and how they hang together, but for the agents. */
export async function definitionProblems(
  steps: readonly StepDefinition[],
  whom: Requester,
): Promise<WorkflowProblem[]> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  return [
    ...graphProblems(steps),
    ...steps.flatMap(stepTypeProblems),
    ...(await expressionProblems(steps, byId, whom)),
    ...(await unreachableSteps(steps, whom)),
  ];
}

export async function schemaProblems(inputSchema: JsonObject | null, owner: string): Promise<WorkflowProblem[]> {
  if (inputSchema === null) return [];
  // A place that is wrong is often wrong in several ways at once; the first says enough.
  const problems = await checkSchema(inputSchema, { owner });
  const byPath = new Map(problems.toReversed().map((problem) => [problem.path, problem]));
  return [...byPath.values()].toReversed().map(({ path, message }) => ({
    code: 'INVALID_SCHEMA',
    path: path ? `inputSchema.${path}` : 'inputSchema',
    stepId: null,
    message,
  }));
}

/** In the order of the input, each told once. */
export function inOrder(problems: readonly WorkflowProblem[]): WorkflowProblem[] {
  const distinct = new Map(problems.map((problem) => [`${problem.code} ${problem.path} ${problem.message}`, problem]));
  const placeOf = ({ path }: WorkflowProblem) => Number(/^steps\[(\d+)\]/.exec(path)?.[1] ?? -1);
  return [...distinct.values()].sort((a, b) => placeOf(a) - placeOf(b)).slice(0, MAX_PROBLEMS);
}
