import type { Pool } from 'pg';
import { checkCel, checkJsonata, ExpressionError } from '@flowmesh/platform/expressions';
import type { ConfigExpression, StepValues } from '../step-types/step-type.ts';
import { ancestorsOf, type Definition, type StepDefinition } from './definition.ts';
import type { StepStatus } from './execution-state.ts';
import type { ExecutionHeader } from './execution-headers.ts';

/** Of the results that one expression reads, as JSON. */
const MAX_READ_BYTES = 16_777_216;

type EndedStep = StepValues['steps'][string] & { readonly status: StepStatus };

interface Outer {
  readonly results: StepResults;
  readonly stepId: string;
  /** It undoes this step, which has ended. */
  readonly undoes: boolean;
}

/**
 * Results of the steps of one execution, as one job reads them: each once, and only those an expression can read. What
 * has ended stays as it is until the execution is run again; then a job must begin with fresh ones.
 */
export class StepResults {
  private known = new Map<string, EndedStep>();
  /** Times that steps of the execution were run again, when these were read. */
  private atReruns = 0;

  constructor(
    private readonly pool: Pool,
    private readonly header: ExecutionHeader,
    private readonly definition: Definition,
    /** What it is a part of: a step there whose body it runs, or which it undoes. */
    private readonly outer: Outer | null = null,
  ) {}

  /** Forgets everything when the execution was run again since. */
  setReruns(reruns: number): void {
    if (reruns !== this.atReruns) this.known = new Map();
    this.atReruns = reruns;
  }

  get reruns(): number {
    return this.atReruns;
  }

  /** Those known here, by their ids. */
  get ended(): ReadonlyMap<string, EndedStep> {
    return this.known;
  }

  /** The same, to be added to without changing these. */
  copy(): StepResults {
    const copy = new StepResults(this.pool, this.header, this.definition, this.outer);
    copy.known = new Map(this.known);
    copy.atReruns = this.atReruns;
    return copy;
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
    const { wanted, memory: readsMemory } = await this.readBy(expression, this.readable(step.id));
    const steps = await this.read(step.id, wanted);
    const memory = readMemory && readsMemory ? await readMemory() : {};
    return { input: this.header.input, steps, context: this.definition.config, memory, ...this.place() };
  }

  /** What an expression reads once everything here has ended: `previous` is what came of it. */
  async valuesAtEnd(expression: Pick<ConfigExpression, 'language' | 'text'>, result: unknown): Promise<StepValues> {
    const around = this.readableAround();
    const { wanted } = await this.readBy(expression, new Set([...this.definition.byId.keys(), ...around]));
    const mine = wanted.filter((id) => this.definition.byId.has(id));
    await this.load(mine.filter((id) => !this.known.has(id)));
    const others = await this.readAround(wanted.filter((id) => around.has(id)));
    const steps = { ...others, ...Object.fromEntries([...this.known].filter(([id]) => mine.includes(id))) };
    const { config: context } = this.definition;
    return { input: this.header.input, steps, context, memory: {}, ...this.place(), previous: result };
  }

  /** The execution of the last round of a step here that has completed. */
  async lastRoundOf(
    stepId: string,
    generation: number,
  ): Promise<{ readonly id: string; readonly result: unknown } | null> {
    const { rows } = await this.pool.query<{ id: string; result: unknown }>(
      `select id, result from workflow_executions
       where parent_execution_id = $1 and parent_step_id = $2 and parent_generation = $3 and item_index >= 0
         and status = 'COMPLETED'
       order by item_index desc limit 1`,
      [this.header.id, stepId, generation],
    );
    return rows[0] ?? null;
  }

  /** Steps that have ended when this one runs, here and around. */
  private readable(stepId: string): Set<string> {
    return new Set([...ancestorsOf(this.definition.byId, stepId), ...this.readableAround()]);
  }

  /** What undoes a step reads it too. */
  private readableAround(): Set<string> {
    if (!this.outer) return new Set();
    const { results, stepId, undoes } = this.outer;
    return new Set([...results.readable(stepId), ...(undoes ? [stepId] : [])]);
  }

  private async readAround(wanted: readonly string[]): Promise<StepValues['steps']> {
    if (!this.outer || wanted.length === 0) return {};
    const { results, stepId, undoes } = this.outer;
    return results.read(stepId, wanted, undoes);
  }

  private async read(stepId: string, wanted: readonly string[], withItself = false): Promise<StepValues['steps']> {
    const here = ancestorsOf(this.definition.byId, stepId);
    if (withItself) here.add(stepId);
    const mine = wanted.filter((id) => here.has(id));
    await this.load(mine.filter((id) => !this.known.has(id)));
    const found = mine.flatMap((id) => {
      const ended = this.known.get(id);
      return ended ? [[id, ended] as const] : [];
    });
    const others = await this.readAround(wanted.filter((id) => !here.has(id)));
    return { ...others, ...Object.fromEntries(found) };
  }

  /** Which item or round this is, and which ones it is inside of. */
  private place(): Pick<StepValues, 'item' | 'index' | 'round' | 'previous' | 'failure'> {
    const around = this.outer ? this.outer.results.place() : NOWHERE;
    const { itemIndex, item, scope } = this.header;
    if (itemIndex === null || scope === null || !this.outer) return around;
    if (this.outer.undoes) return { ...around, failure: item };
    const owner = this.outer.results.definition.byId.get(scope);
    if (owner?.stepType === 'FOR_EACH') return { ...around, item, index: itemIndex };
    return { ...around, round: itemIndex + 1, previous: item };
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
    const { rows } = await this.pool.query<EndedStep & { step_id: string; status: StepStatus; bytes: number }>({
      name: 'engine-results',
      text: `select step_id, status, case when bytes <= ${MAX_READ_BYTES} then result end as result, error, bytes
             from (select step_id, status, result, error, coalesce(sum(result_bytes) over (), 0)::float8 as bytes
                   from workflow_step_executions
                   where execution_id = $1 and step_id = any($2::text[])
                     and status in ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED')) s`,
      values: [this.header.id, stepIds],
    });
    const { bytes = 0 } = rows[0] ?? {};
    if (bytes > MAX_READ_BYTES) {
      const message = `It reads the results of ${stepIds.length} steps, which have ${bytes} bytes as JSON; at most ${MAX_READ_BYTES} are possible. Read fewer of them.`;
      throw new ExpressionError('MEMORY', message);
    }
    for (const { step_id: id, status, result, error } of rows) {
      this.known.set(id, { status, result, ...(status === 'FAILED' ? { error } : {}) });
    }
  }
}

const NOWHERE = { item: null, index: null, round: null, previous: null, failure: null };

export const readsEverything = (text: string): boolean => /\$(?![\w(])|\$\w+\(\s*\)|[*%]|\$eval/.test(text);
