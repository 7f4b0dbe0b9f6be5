import { formatPath } from '@flowmesh/platform/validation';
import type { z } from 'zod';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import { stepTypes } from '../../executions/step-types/index.ts';
import { rememberShape } from '../../executions/step-types/remember.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

const NOT_REMEMBERED = `is not used; these are: ${Object.keys(rememberShape.shape).join(', ')}`;

/** What the type of the step says about its agent and its configuration. */
export function stepTypeProblems(step: StepDefinition, index: number): WorkflowProblem[] {
  const type = stepTypes[step.stepType];
  const problems: WorkflowProblem[] = [];
  if (type.needsAgent && step.agentId === null) {
    problems.push(stepProblem(index, step.id, 'MISSING_VALUE', 'agentId', 'is required for AGENT steps'));
  }
  if (!type.needsAgent && step.agentId !== null) {
    problems.push(stepProblem(index, step.id, 'INVALID_VALUE', 'agentId', 'is for AGENT steps only'));
  }
  const result = type.config.safeParse(step.config);
  for (const issue of result.error?.issues ?? []) problems.push(...configProblems(step, index, issue));
  return problems;
}

function unknownKey({ stepType }: StepDefinition, [first, place]: readonly PropertyKey[]): string {
  if (first === 'remember') return NOT_REMEMBERED;
  return first === 'steps' && place !== undefined ? 'is not known of steps' : `is not known for ${stepType} steps`;
}

function configProblems(step: StepDefinition, index: number, issue: z.core.$ZodIssue): WorkflowProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const message = unknownKey(step, issue.path);
    return issue.keys.map((key) =>
      stepProblem(index, step.id, 'INVALID_VALUE', formatPath(['config', ...issue.path, key]), message),
    );
  }
  const path = formatPath(['config', ...issue.path]);
  const given = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null)?.[key],
    step.config,
  );
  const told = issue.code === 'custom' && issue.params?.['missing'] === true;
  if (given === undefined && (told || issue.code === 'invalid_type')) {
    const message = told ? issue.message : `is required for ${step.stepType} steps`;
    return [stepProblem(index, step.id, 'MISSING_VALUE', path, message)];
  }
  return [stepProblem(index, step.id, 'INVALID_VALUE', path, issue.message)];
}
