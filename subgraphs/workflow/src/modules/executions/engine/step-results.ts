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

  /** `readMemory` reads the context of the execution, if the expression does. */
  async valuesFor(
    step: StepDefinition,
    expression: Pick<ConfigExpression, 'language' | 'text'>,
    readMemory?: () => Promise<unknown>,
  ): Promise<StepValues> {
    const ancestors = ancestorsOf(this.definition.byId, step.id);
    const { wanted, memory: readsMemory } = await this.readBy(expression, ancestors);
    await this.load(wanted.filter((id) => !this.known.has(id)));
    const steps = Object.fromEntries(
      wanted.flatMap((id) => {
        const ended = this.known.get(id);
        return ended ? [[id, ended]] : [];
      }),
    );
    const memory = readMemory && readsMemory ? await readMemory() : {};
    return { input: this.header.input, steps, context: this.definition.config, memory };
  }

  /** The result of an agent that has ended, while it is still to be written into the context. */
  async unwrittenOf(stepId: string): Promise<unknown> {
    const { rows } = await this.pool.query<{ result: unknown }>(
      'select result from workflow_step_executions where execution_id = $1 and step_id = $2',
      [this.header.id, stepId],
    );
    return rows[0]?.result ?? null;
  }

  /** Steps named after `steps.`, all before the step when it reads `steps` in another way; and whether it reads `memory`. */
  private async readBy(
    { language, text }: Pick<ConfigExpression, 'language' | 'text'>,
    ancestors: Set<string>,
  ): Promise<{ readonly wanted: readonly string[]; readonly memory: boolean }> {
    const check = language === 'cel' ? checkCel : checkJsonata;
    const { references } = await check(text, { owner: this.header.startedById });
    const memory = references.some(({ path }) => path[0] === 'memory');
    // A whole-input reference such as `$` or `$$` names nothing.
    const everything = language === 'jsonata' && readsEverything(text);
    const ofSteps = references.filter(({ path }) => path[0] === 'steps').map(({ path }) => path[1]);
    const all = everything || ofSteps.includes(undefined);
    const wanted = all ? [...ancestors] : [...ancestors].filter((id) => ofSteps.includes(id));
    return { wanted, memory: memory || (everything && text.includes('memory')) };
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
