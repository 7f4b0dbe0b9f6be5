import { bodyOf } from './body.ts';

export const STEP_TYPES = ['AGENT', 'TRANSFORM', 'CONDITION', 'DELAY', 'FOR_EACH', 'LOOP', 'SUB_WORKFLOW'] as const;
export type StepTypeName = (typeof STEP_TYPES)[number];

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
}

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
  /** The steps inside of a step, by the id of that step; with those inside of them. */
  readonly bodies: ReadonlyMap<string, Definition>;
}

export function createDefinition(
  version: Pick<Definition, 'workflowId' | 'version' | 'config' | 'contextMode'> & {
    readonly steps: readonly StepDefinition[];
  },
): Definition {
  const steps = [...version.steps].sort((a, b) => a.position - b.position);
  const successors = new Map<string, string[]>(steps.map(({ id }) => [id, []]));
  for (const step of steps) for (const id of step.dependencies) successors.get(id)?.push(step.id);
  const bodies = new Map<string, Definition>();
  for (const step of steps) {
    const body = bodyOf(step);
    if (!body) continue;
    const inside = createDefinition({ ...version, steps: body });
    bodies.set(step.id, inside);
    for (const [id, deeper] of inside.bodies) bodies.set(id, deeper);
  }
  return { ...version, steps, byId: new Map(steps.map((step) => [step.id, step])), successors, bodies };
}

/** What an execution runs: the body of the step `scope`, or the steps of the workflow. Throws when there is no such step. */
export function definitionOf(definition: Definition, scope: string | null): Definition {
  const found = scope === null ? definition : definition.bodies.get(scope);
  if (!found) throw new Error(`workflow ${definition.workflowId} has no steps inside of ${scope}`);
  return found;
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
