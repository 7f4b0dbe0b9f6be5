import { checkSchema } from '@flowmesh/platform/json-schema';
import type { Requester } from '@flowmesh/platform/sandbox';
import { ancestorsOf, type StepDefinition } from '../../executions/engine/definition.ts';
import type { JsonObject, WorkflowType } from '../workflow-record.ts';
import { compensationProblems } from './compensation-problems.ts';
import { expressionProblems, NOTHING_AROUND, type Around } from './expression-problems.ts';
import { graphProblems } from './graph-problems.ts';
import { allSteps, insideOf, type PlacedStep } from './nested-steps.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';
import { unreachableSteps } from './reachability.ts';
import { stepTypeProblems } from './step-problems.ts';

/** More are not worth reading. */
const MAX_PROBLEMS = 500;
const MAX_STEPS = 500;
const MAX_NESTING = 3;

/** Everything that is wrong with the steps of a workflow and how they hang together, but for the agents and other workflows. */
export async function definitionProblems(
  steps: readonly StepDefinition[],
  whom: Requester,
): Promise<WorkflowProblem[]> {
  const placed = allSteps(steps);
  if (placed.length > MAX_STEPS) {
    const message = `there are ${placed.length} steps with those inside of others, and at most ${MAX_STEPS} are possible`;
    return [{ code: 'INVALID_VALUE', path: 'steps', stepId: null, message }];
  }
  return [...nestingProblems(placed), ...(await problemsOfSteps(steps, whom, NOTHING_AROUND))];
}

/** Of steps that are beside each other, and of what is inside of them. */
async function problemsOfSteps(
  steps: readonly StepDefinition[],
  whom: Requester,
  around: Around,
): Promise<WorkflowProblem[]> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const problems = [
    ...graphProblems(steps),
    ...steps.flatMap(stepTypeProblems),
    ...(await expressionProblems(steps, byId, whom, around)),
    ...(await compensationProblems(steps, whom, around)),
    ...(await unreachableSteps(steps, whom)),
  ];
  for (const [index, step] of steps.entries()) {
    const inside = insideOf(step);
    if (!inside) continue;
    const found = await problemsOfSteps(inside, whom, {
      ended: new Set([...around.ended, ...ancestorsOf(byId, step.id)]),
      known: new Set([...around.known, ...byId.keys()]),
      variables: [...around.variables, ...(step.stepType === 'FOR_EACH' ? ['item', 'index'] : ['round', 'previous'])],
    });
    problems.push(...found.map((problem) => ({ ...problem, path: `steps[${index}].config.${problem.path}` })));
  }
  return problems;
}

/** Steps too deep inside of others, and names that a step has elsewhere: expressions inside read what is around. */
function nestingProblems(placed: readonly PlacedStep[]): WorkflowProblem[] {
  const paths = new Map<string, string>();
  return placed.flatMap(({ step, path, depth }): WorkflowProblem[] => {
    const before = paths.get(step.id);
    paths.set(step.id, path);
    const beside =
      before !== undefined && before.slice(0, before.lastIndexOf('[')) === path.slice(0, path.lastIndexOf('['));
    if (before !== undefined && !beside) {
      const message = `there is a step ${step.id} already, at ${before}`;
      return [{ code: 'DUPLICATE_STEP', path: `${path}.id`, stepId: step.id, message }];
    }
    if (depth <= MAX_NESTING) return [];
    const message = `is too deep: steps can be inside of ${MAX_NESTING} others`;
    return [{ code: 'INVALID_VALUE', path, stepId: step.id, message }];
  });
}

/** Every branch of an EVENT_DRIVEN workflow begins with an event. */
export function typeProblems(steps: readonly StepDefinition[], type: WorkflowType): WorkflowProblem[] {
  if (type !== 'EVENT_DRIVEN') return [];
  const message =
    'in an EVENT_DRIVEN workflow, a step without dependencies must be a WAIT_FOR_EVENT: give it dependencies';
  return steps.flatMap(({ id, stepType, dependencies }, index) =>
    dependencies.length === 0 && stepType !== 'WAIT_FOR_EVENT'
      ? [stepProblem(index, id, 'INVALID_VALUE', 'stepType', message)]
      : [],
  );
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
