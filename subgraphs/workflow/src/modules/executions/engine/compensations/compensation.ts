import type { Definition, StepDefinition } from '../definition.ts';
import type { StepState } from '../execution-state.ts';

/** Steps cannot be called like this. */
const PREFIX = 'compensation:';

/** Of the execution that undoes the step: it runs a body of one step. */
export const scopeOf = (stepId: string): string => `${PREFIX}${stepId}`;

export const isCompensation = (scope: string | null): boolean => scope?.startsWith(PREFIX) ?? false;

/** The step that undoes another, in an execution of its own. It has the id of the one that it undoes. */
export function compensationStep(step: StepDefinition): StepDefinition | null {
  const { compensation } = step;
  if (!compensation) return null;
  const { stepType, agentId, config, timeoutSeconds, retryCount, retryPolicy } = compensation;
  return {
    ...{ id: step.id, position: 0, name: step.name },
    ...{ stepType, agentId, config, timeoutSeconds, retryCount, retryPolicy },
    dependencies: [],
    condition: null,
    continueOnFailure: false,
    onSkip: 'SKIP_FOLLOWERS',
    onFailure: [],
    waitTimeoutSeconds: null,
    compensation: null,
  };
}

/** A step that has a compensation, and where it is. */
export interface Compensable {
  /** The step whose body it is in; null for a step of the workflow. */
  readonly scope: string | null;
  readonly stepId: string;
  readonly when: 'COMPLETED' | 'STARTED';
  /** Later than that of all that it depends on. */
  readonly rank: number;
}

/** All steps of a workflow that have a compensation, those inside of others too. */
export function compensablesOf(definition: Definition): Compensable[] {
  const inside = [...definition.bodies].filter(([scope]) => !isCompensation(scope));
  return [[null, definition] as const, ...inside].flatMap(([scope, { steps }]) => {
    const ranks = ranksOf(steps);
    return steps.flatMap(({ id: stepId, compensation }) =>
      compensation ? [{ scope, stepId, when: compensation.when, rank: ranks.get(stepId) ?? 0 }] : [],
    );
  });
}

/** Each step after all that it depends on. */
function ranksOf(steps: readonly StepDefinition[]): Map<string, number> {
  const ranks = new Map<string, number>();
  const byId = new Map(steps.map((step) => [step.id, step]));
  const visit = (id: string): void => {
    if (ranks.has(id)) return;
    for (const before of byId.get(id)?.dependencies ?? []) visit(before);
    ranks.set(id, ranks.size);
  };
  for (const { id } of steps) visit(id);
  return ranks;
}

const CAUSES = ['FAILED', 'CANCELLED'] as const;
export type CompensationCause = (typeof CAUSES)[number];

export const isCause = (value: unknown): value is CompensationCause => CAUSES.some((cause) => cause === value);

/** `compensateOn` of the configuration of a workflow. */
export function causesOf({ compensateOn }: Readonly<Record<string, unknown>>): readonly CompensationCause[] {
  return Array.isArray(compensateOn) ? compensateOn.filter(isCause) : ['FAILED'];
}

/** Whether this is to be undone when its execution fails. */
const isDone = ({ compensation }: StepDefinition, state: StepState | undefined): boolean =>
  compensation !== null &&
  (state?.status === 'COMPLETED' || (compensation.when === 'STARTED' && (state?.startedAt ?? null) !== null));

/** Whether something may be left to undo: other workflows that it has run have compensations of their own. */
export function mayCompensate(definition: Definition, states: ReadonlyMap<string, StepState>): boolean {
  if (definition.steps.some((step) => isDone(step, states.get(step.id)))) return true;
  const hasParts = [...states.values()].some(
    ({ childrenTotal, generation }) => childrenTotal !== null || generation > 1,
  );
  const all = [definition, ...definition.bodies.values()].flatMap(({ steps }) => steps);
  return hasParts && all.some(({ compensation, stepType }) => compensation !== null || stepType === 'SUB_WORKFLOW');
}
