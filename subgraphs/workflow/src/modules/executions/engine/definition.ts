export const STEP_TYPES = [
  'AGENT',
  'TRANSFORM',
  'CONDITION',
  'DELAY',
  'FOR_EACH',
  'LOOP',
  'SUB_WORKFLOW',
  'WAIT_FOR_EVENT',
  'INTEGRATION',
  'NOTIFICATION',
  'CONTEXT',
  'APPROVAL',
] as const;
export type StepTypeName = (typeof STEP_TYPES)[number];

/** What a step that is skipped means for the steps that depend on it. */
export const ON_SKIP = ['CONTINUE', 'SKIP_FOLLOWERS'] as const;
export type OnSkip = (typeof ON_SKIP)[number];

/** How long a step waits before each of its retries, and what is not retried. */
export interface RetryPolicy {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  /** The delay before each further retry is this many times longer. */
  readonly multiplier: number;
  /** Codes of errors, those of agents and services included. */
  readonly nonRetryableErrors: readonly string[];
}

/** Of steps that give none. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  initialDelayMs: 1_000,
  maxDelayMs: 300_000,
  multiplier: 2,
  nonRetryableErrors: [],
};

/** What a compensation can be. */
export const COMPENSATION_TYPES = [
  'AGENT',
  'INTEGRATION',
  'NOTIFICATION',
  'CONTEXT',
  'TRANSFORM',
  'SUB_WORKFLOW',
] as const satisfies readonly StepTypeName[];

/** Which steps are undone: those that completed, or all that had begun. */
export const COMPENSATE_WHEN = ['COMPLETED', 'STARTED'] as const;

/** What undoes a step when its execution fails. */
export interface Compensation {
  /** One of `COMPENSATION_TYPES`. */
  readonly stepType: StepTypeName;
  readonly agentId: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly timeoutSeconds: number;
  readonly retryCount: number;
  readonly retryPolicy: RetryPolicy;
  readonly when: (typeof COMPENSATE_WHEN)[number];
}

/** A step as an execution runs it; everything optional has its value. */
export interface StepDefinition {
  readonly id: string;
  /** Order of the definition, from 0. */
  readonly position: number;
  readonly name: string;
  readonly stepType: StepTypeName;
  readonly agentId: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  readonly condition: string | null;
  readonly timeoutSeconds: number;
  readonly retryCount: number;
  readonly continueOnFailure: boolean;
  readonly onSkip: OnSkip;
  /** Steps that run only when this one has finally failed; they depend on it. */
  readonly onFailure: readonly string[];
  readonly retryPolicy: RetryPolicy;
  /** How long it may wait to be started; null as long as it takes. */
  readonly waitTimeoutSeconds: number | null;
  readonly compensation: Compensation | null;
}

/** Whether the execution goes on when the step has finally failed. */
export const isCaught = ({ continueOnFailure, onFailure }: StepDefinition): boolean =>
  continueOnFailure || onFailure.length > 0;

/** Where executions get their context from. */
export type ContextMode = 'GIVEN' | 'CREATE' | 'REQUIRED';

/** One immutable version of a workflow, with the queries of the engine on its graph. */
export interface Definition {
  readonly workflowId: string;
  readonly version: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly contextMode: ContextMode;
  /** In the order of the definition. */
  readonly steps: readonly StepDefinition[];
  readonly byId: ReadonlyMap<string, StepDefinition>;
  readonly successors: ReadonlyMap<string, readonly string[]>;
  /** The steps inside of a step, by the id of that step, and its compensation, by `scopeOf`; with those inside of them. */
  readonly bodies: ReadonlyMap<string, Definition>;
  /** The steps whose failure a step waits for (`onFailure`); only of steps that wait for one. */
  readonly catches: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A step that is known to be there. */
export function stepOf({ byId }: Pick<Definition, 'byId'>, stepId: string): StepDefinition {
  const step = byId.get(stepId);
  if (!step) throw new Error(`step ${stepId} is not in its definition`);
  return step;
}

/** By step, those whose failure it waits for. */
export function catchesOf(
  steps: readonly Pick<StepDefinition, 'id' | 'onFailure'>[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const catches = new Map<string, Set<string>>();
  for (const { id, onFailure } of steps) {
    for (const handler of onFailure) catches.set(handler, (catches.get(handler) ?? new Set()).add(id));
  }
  return catches;
}

/** The step and all steps that depend on it. */
export function withDescendants(definition: Definition, stepIds: Iterable<string>): Set<string> {
  return closure(stepIds, (id) => definition.successors.get(id) ?? []);
}

/** Everything that must end before the step. */
export function ancestorsOf(steps: ReadonlyMap<string, Pick<StepDefinition, 'dependencies'>>, id: string): Set<string> {
  const found = closure(steps.get(id)?.dependencies ?? [], (each) => steps.get(each)?.dependencies ?? []);
  return found;
}

function closure(start: Iterable<string>, next: (id: string) => readonly string[]): Set<string> {
  const found = new Set(start);
  // A set grows while it is iterated.
  for (const id of found) for (const other of next(id)) found.add(other);
  return found;
}
