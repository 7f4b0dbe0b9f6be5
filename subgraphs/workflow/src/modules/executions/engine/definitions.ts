import type { Pool, PoolClient } from 'pg';
import { LRUCache } from 'lru-cache';
import { createDefinition, definitionOf } from './create-definition.ts';
import {
  DEFAULT_RETRY_POLICY,
  type Compensation,
  type ContextMode,
  type Definition,
  type OnSkip,
  type RetryPolicy,
  type StepDefinition,
  type StepTypeName,
} from './definition.ts';
import { asLoop } from './loop-workflow.ts';

interface VersionRow {
  readonly type: string;
  readonly config: Record<string, unknown>;
  readonly context_mode: ContextMode;
  readonly steps: readonly {
    readonly id: string;
    readonly position: number;
    readonly name: string;
    readonly step_type: StepTypeName;
    readonly agent_id: string | null;
    readonly config: Record<string, unknown>;
    readonly dependencies: string[];
    readonly condition: string | null;
    readonly timeout_seconds: number;
    readonly retry_count: number;
    readonly continue_on_failure: boolean;
    readonly on_skip: OnSkip;
    readonly on_failure: string[];
    readonly retry_policy: RetryPolicy | null;
    readonly wait_timeout_seconds: number | null;
    readonly compensation: Compensation | null;
  }[];
}

const toStep = (row: VersionRow['steps'][number]): StepDefinition => ({
  id: row.id,
  position: row.position,
  name: row.name,
  stepType: row.step_type,
  agentId: row.agent_id,
  config: row.config,
  dependencies: row.dependencies,
  condition: row.condition,
  timeoutSeconds: row.timeout_seconds,
  retryCount: row.retry_count,
  continueOnFailure: row.continue_on_failure,
  onSkip: row.on_skip,
  onFailure: row.on_failure,
  retryPolicy: row.retry_policy ?? DEFAULT_RETRY_POLICY,
  waitTimeoutSeconds: row.wait_timeout_seconds,
  compensation: row.compensation,
});

/** An execution, as far as it says what its steps are. */
export interface Scoped {
  readonly workflowId: string;
  readonly workflowVersion: number;
  /** The step of the workflow whose body it runs; null when it runs the workflow. */
  readonly scope: string | null;
}

/** Versions never change once written, so recently used ones are cached. */
export class Definitions {
  private readonly known = new LRUCache<string, Definition>({
    maxSize: 50_000,
    sizeCalculation: ({ steps, bodies }) =>
      [...bodies.values()].reduce((size, body) => size + body.steps.length, steps.length),
  });

  constructor(private readonly pool: Pool) {}

  /** What an execution runs by: see `definitionOf`. */
  async of({ workflowId, workflowVersion, scope }: Scoped, client: Pool | PoolClient = this.pool): Promise<Definition> {
    return definitionOf(await this.get(workflowId, workflowVersion, client), scope);
  }

  /** Throws when there is no such version. Give the client of an open transaction to stay inside of it. */
  async get(workflowId: string, version: number, client: Pool | PoolClient = this.pool): Promise<Definition> {
    const key = `${workflowId}/${version}`;
    const known = this.known.get(key);
    if (known) return known;
    const { rows } = await client.query<VersionRow>(
      `select v.type::text, v.config, v.context_mode::text, (select jsonb_agg(to_jsonb(s)) from workflow_steps s
                         where s.workflow_id = v.workflow_id and s.version = v.version) as steps
       from workflow_versions v where v.workflow_id = $1 and v.version = $2`,
      [workflowId, version],
    );
    const row = rows[0];
    if (!row) throw new Error(`workflow ${workflowId} has no version ${version}`);
    const { type, config, context_mode: contextMode } = row;
    const given = row.steps.map(toStep).sort((a, b) => a.position - b.position);
    const steps = type === 'LOOP' ? asLoop(given, config) : given;
    const definition = createDefinition({ workflowId, version, config, contextMode, steps });
    this.known.set(key, definition);
    return definition;
  }
}
