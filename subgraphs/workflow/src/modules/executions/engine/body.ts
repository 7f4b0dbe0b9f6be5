import { toSteps } from '../../workflows/validation/to-steps.ts';
import type { StepInput } from '../../workflows/validation/workflow-input.ts';
import type { StepDefinition } from './definition.ts';

/** How many executions a step with a body has at once, and what a failed one means for it. */
export interface BodyRules {
  readonly maxConcurrent: number;
  readonly failFast: boolean;
  /** `all`: the results of all, in order; `last`: that of the last one. */
  readonly collects: 'all' | 'last';
  /** After each, the step decides whether there is another. */
  readonly decides: boolean;
}

export const DEFAULT_CONCURRENCY = 10;

const BODY_TYPES: ReadonlySet<string> = new Set(['FOR_EACH', 'LOOP']);

/** Steps whose work is executions of their own. */
export const hasChildren = ({ stepType }: Pick<StepDefinition, 'stepType'>): boolean =>
  BODY_TYPES.has(stepType) || stepType === 'SUB_WORKFLOW';

/** The steps inside of a step, with everything that was left out; null for steps that have none. */
export function bodyOf({ stepType, config }: Pick<StepDefinition, 'stepType' | 'config'>): StepDefinition[] | null {
  const { steps, type } = config as { readonly steps?: unknown; readonly type?: unknown };
  if (!BODY_TYPES.has(stepType) || !Array.isArray(steps)) return null;
  return toSteps(steps as StepInput[], type === 'PARALLEL' ? 'PARALLEL' : 'SEQUENTIAL');
}

/** Of a step that was found to be right when it was stored. */
export function rulesOf({ stepType, config }: Pick<StepDefinition, 'stepType' | 'config'>): BodyRules {
  const { maxConcurrent, onItemFailure } = config as {
    readonly maxConcurrent?: number;
    readonly onItemFailure?: string;
  };
  if (stepType !== 'FOR_EACH')
    return { maxConcurrent: 1, failFast: true, collects: 'last', decides: stepType === 'LOOP' };
  const failFast = onItemFailure !== 'CONTINUE';
  return { maxConcurrent: maxConcurrent ?? DEFAULT_CONCURRENCY, failFast, collects: 'all', decides: false };
}
