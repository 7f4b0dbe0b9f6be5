import type { Definition, StepDefinition } from './definition.ts';
import type { StepState } from './execution-state.ts';

/**
 * Which steps an execution comes to. It goes on through a step that completed, through one that failed and has
 * `continueOnFailure`, and through one that was skipped by its own condition and has `onSkip: CONTINUE`. It comes to a step
 * when it goes on through any of the steps before it; to a step of an `onFailure` when a step that names it has failed.
 *
 * Valid for steps of which all before them have ended, and as long as these do not run again.
 */
export class Flow {
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly definition: Pick<Definition, 'byId' | 'catches'>,
    private readonly states: ReadonlyMap<string, Pick<StepState, 'status'>>,
  ) {}

  /** Whether the step runs, as far as the steps before it decide that; otherwise it is skipped. */
  reaches(step: StepDefinition): boolean {
    const caught = this.definition.catches.get(step.id);
    return caught ? [...caught].some((id) => this.hasFailed(id)) : this.arrivesAt(step);
  }

  private arrivesAt({ id, dependencies }: StepDefinition): boolean {
    if (dependencies.length === 0) return true;
    const caught = this.definition.catches.get(id);
    return dependencies.some((before) => this.goesThrough(before) || (caught?.has(before) && this.hasFailed(before)));
  }

  private hasFailed(id: string): boolean {
    return this.states.get(id)?.status === 'FAILED';
  }

  private goesThrough(id: string): boolean {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const found = this.decide(id);
    this.known.set(id, found);
    return found;
  }

  private decide(id: string): boolean {
    const step = this.definition.byId.get(id);
    const status = this.states.get(id)?.status;
    if (!step || !status) return false;
    if (status === 'FAILED') return step.continueOnFailure;
    // One that nothing led to is skipped with all that follows, whatever it says itself.
    if (status === 'SKIPPED') return step.onSkip === 'CONTINUE' && this.arrivesAt(step);
    return true;
  }
}
