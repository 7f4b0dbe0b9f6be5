import type { ComputedStep } from './commands.ts';
import type { Definition, StepDefinition } from './definition.ts';
import type { ExecutionHeader } from './execution-headers.ts';
import { Flow } from './flow.ts';
import type { StepResults } from './step-results.ts';
import { storageProblem } from '@flowmesh/platform/validation';
import { stepTypes } from '../step-types/index.ts';
import { rememberOf } from '../step-types/remember.ts';

/** In one turn: more than these go on in the next one, so that nobody waits long for others. */
const MAX_STEPS = 32;
const MAX_MS = 50;
/** Larger results are stored one by one. */
const MAX_CHARACTERS = 50_000;

interface Place {
  readonly header: ExecutionHeader;
  readonly definition: Definition;
  /** Own ones: what is computed here is not stored yet. */
  readonly results: StepResults;
}

/** A step that is claimed for its result instead: it fails, or reads what only the holder of its lease may. */
const NOT_AHEAD = new Error('only a claimed step does this');

/**
 * Computes steps that will be ready, or are, before anybody claims them: their results come from results alone, so nobody
 * notices when they are not used. Goes on with what follows them. In an order in which they can be completed.
 */
export async function computeAhead(place: Place, from: readonly string[]): Promise<ComputedStep[]> {
  const { definition, results } = place;
  const computed: ComputedStep[] = [];
  const seen = new Set<string>();
  const start = performance.now();
  let next = from;
  while (next.length > 0 && computed.length < MAX_STEPS && performance.now() - start < MAX_MS) {
    const flow = new Flow(definition, results.ended);
    const wave = next
      .filter((id) => !seen.has(id))
      .map((id) => definition.byId.get(id))
      .filter((step) => step !== undefined && onlyComputes(step) && isReady(place, flow, step))
      .slice(0, MAX_STEPS - computed.length) as StepDefinition[];
    const done = (await Promise.all(wave.map((step) => compute(place, step)))).filter((step) => step !== null);
    for (const { id } of wave) seen.add(id);
    for (const { stepId, result } of done) results.remember(stepId, result);
    computed.push(...done);
    next = [...new Set(done.flatMap(({ stepId }) => definition.successors.get(stepId) ?? []))];
  }
  return computed;
}

/** Conditions are decided, and contexts created and written, by whoever claims the step. */
function onlyComputes(step: StepDefinition): boolean {
  return stepTypes[step.stepType].compute !== undefined && step.condition === null && rememberOf(step) === null;
}

/** A context that is still to be created is there before the first step. */
function isReady({ header, definition, results }: Place, flow: Flow, step: StepDefinition): boolean {
  if (definition.contextMode === 'CREATE' && header.contextId === null) return false;
  return step.dependencies.every((id) => results.ended.has(id)) && flow.reaches(step);
}

/** Null when it is better claimed: its failure is recorded as that of an attempt. */
async function compute({ header, results }: Place, step: StepDefinition): Promise<ComputedStep | null> {
  const begunAt = performance.now();
  try {
    const result = await stepTypes[step.stepType].compute?.({
      step,
      execution: header,
      values: (expression) => results.valuesFor(step, expression, () => Promise.reject(NOT_AHEAD)),
    });
    const endedAt = performance.now();
    const late = endedAt - begunAt > step.timeoutSeconds * 1_000;
    const large = JSON.stringify(result).length > MAX_CHARACTERS;
    if (late || large || storageProblem(result)) return null;
    return { stepId: step.id, result, begunAt, endedAt };
  } catch {
    return null;
  }
}
