import { bodyOf } from '../../executions/engine/body.ts';
import { compensationStep } from '../../executions/engine/compensations/compensation.ts';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import { stepTypes } from '../../executions/step-types/index.ts';

export interface PlacedStep {
  readonly step: StepDefinition;
  /** Below `input`, e.g. `steps[1].config.steps[0]`. */
  readonly path: string;
  /** How many steps it is inside of. */
  readonly depth: number;
}

/** The steps inside of a step whose configuration has the right shape; null when there are none. */
export const insideOf = (step: StepDefinition): StepDefinition[] | null =>
  stepTypes[step.stepType].config.safeParse(step.config).success ? bodyOf(step) : null;

/** All steps, with those that are inside of others. */
export function allSteps(steps: readonly StepDefinition[], below = '', depth = 0): PlacedStep[] {
  return steps.flatMap((step, index) => {
    const path = `${below}steps[${index}]`;
    return [{ step, path, depth }, ...allSteps(insideOf(step) ?? [], `${path}.config.`, depth + 1)];
  });
}

/** All that can be done: the steps, those inside of others, and what undoes them. */
export const allWork = (steps: readonly StepDefinition[]): PlacedStep[] =>
  allSteps(steps).flatMap((placed) => {
    const undoing = compensationStep(placed.step);
    return undoing ? [placed, { ...placed, step: undoing, path: `${placed.path}.compensation` }] : [placed];
  });
