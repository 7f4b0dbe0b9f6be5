import type { Pool } from 'pg';
import { checkCel, checkJsonata } from '@flowmesh/platform/expressions';
import type { ConfigExpression, StepValues } from '../step-types/step-type.ts';
import { ancestorsOf, type Definition, type StepDefinition } from './definition.ts';
import type { StepStatus } from './execution-state.ts';
import type { ExecutionHeader } from './execution-headers.ts';

type EndedStep = StepValues['steps'][string];

/**
 * Results of the steps of one execution, as one job reads them: each once, and only those an expression can read. What
 * has ended stays as it is until the execution is run again; then a job must begin with fresh ones.
 */
export class StepResults {
  private known = new Map<string, EndedStep>();
  private generation = 0;

  constructor(
    private readonly pool: Pool,
    private readonly header: ExecutionHeader,
    private readonly definition: Definition,
  ) {}

  /** Forgets everything when the execution was run again since. */
  setGeneration(generation: number): void {
    if (generation !== this.generation) this.known = new Map();
    this.generation = generation;
  }

  /** Saves reading what this job has just written. */
  remember(stepId: string, result: unknown): void {
    this.known.set(stepId, { status: 'COMPLETED', result });
  }

  async valuesFor(step: StepDefinition, expression: Pick<ConfigExpression, 'language' | 'text'>): Promise<StepValues> {
    const ancestors = ancestorsOf(this.definition.byId, step.id);
    const wanted = await this.wantedSteps(expression, ancestors);
    await this.load(wanted.filter((id) => !this.known.has(id)));
    const steps = Object.fromEntries(
      wanted.flatMap((id) => {
        const ended = this.known.get(id);
        return ended ? [[id, ended]] : [];
      }),
    );
    return { input: this.header.input, steps, context: this.definition.config };
  }

  /** Those named after `steps.`; all before the step when it reads `steps` in another way. */
  private async wantedSteps(
    { language, text }: Pick<ConfigExpression, 'language' | 'text'>,
    ancestors: Set<string>,
  ): Promise<string[]> {
    const check = language === 'cel' ? checkCel : checkJsonata;
    const { references } = await check(text, { owner: this.header.startedById });
    const wanted = new Set<string>();
    for (const { path } of references) {
      if (path[0] !== 'steps') continue;
      if (path[1] === undefined) return [...ancestors];
      if (ancestors.has(path[1])) wanted.add(path[1]);
    }
    // A whole-input reference such as `$` or `$$` names nothing.
    return language === 'jsonata' && readsEverything(text) ? [...ancestors] : [...wanted];
  }

  private async load(stepIds: readonly string[]): Promise<void> {
    if (stepIds.length === 0) return;
    const { rows } = await this.pool.query<EndedStep & { step_id: string; status: StepStatus }>({
      name: 'engine-results',
      text: `select step_id, status, result, error from workflow_step_executions
             where execution_id = $1 and step_id = any($2::text[])
               and status in ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED')`,
      values: [this.header.id, stepIds],
    });
    for (const { step_id: id, status, result, error } of rows) {
      this.known.set(id, { status, result, ...(status === 'FAILED' ? { error } : {}) });
    }
  }
}

const readsEverything = (text: string): boolean => /\$(?![\w(])|\$\w+\(\s*\)|[*%]|\$eval/.test(text);
