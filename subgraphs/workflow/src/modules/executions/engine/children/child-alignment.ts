import type { Pool } from 'pg';
import type { Logger } from '@flowmesh/platform/logging';
import type { Command } from '../commands.ts';
import type { StepAddress } from '../execution-state.ts';
import type { Engine } from '../engine.ts';

const LIMIT = 1_000;
const REASON = 'The execution that it is a part of does not need it any more.';

type Action = 'cancel' | 'pause' | 'resume';

/** What executions of bodies have to do as the execution that they are a part of did. Those of $1, or of all. */
const ASTRAY = `
  select id, action from (
    select c.id,
           case when p.status in ('COMPLETED', 'FAILED', 'CANCELLED') or s.generation <> c.parent_generation
                  or s.status in ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED') then 'cancel'
                when p.status = 'PAUSED' and c.status <> 'PAUSED' then 'pause'
                when p.status <> 'PAUSED' and c.status = 'PAUSED' then 'resume'
           end as action
    from workflow_executions c join workflow_executions p on p.id = c.parent_execution_id
    join workflow_step_executions s on s.execution_id = c.parent_execution_id and s.step_id = c.parent_step_id
    where c.parent_execution_id is not null and c.status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING')
      and c.item_index >= 0 and ($1::text is null or c.parent_execution_id = $1)
  ) found where action is not null limit ${LIMIT}`;

/** Steps that wait for executions of their bodies of which none is left. Those of $1, or of all. */
const LEFT_WAITING = `
  select s.execution_id as "executionId", s.step_id as "stepId"
  from workflow_step_executions s join workflow_executions e on e.id = s.execution_id
  where s.status = 'WAITING' and s.children_total is not null and e.status <> 'PAUSED'
    and ($1::text is null or s.execution_id = $1)
    and not exists (
      select 1 from workflow_executions c
      where c.parent_execution_id = s.execution_id and c.parent_step_id = s.step_id and c.parent_generation = s.generation
        and c.status in ('PENDING', 'RUNNING', 'PAUSED', 'WAITING') and c.item_index >= 0)
  limit ${LIMIT}`;

/**
 * Makes executions of bodies follow what they are a part of: it is cancelled, paused or resumed, or its step has ended. Both
 * are changed one after the other, so what a killed process has left undone is found here.
 */
export class ChildAlignment {
  constructor(
    private readonly pool: Pool,
    private readonly engine: Pick<Engine, 'apply'>,
    private readonly logger: Logger,
  ) {}

  /** Those of one execution, at once. Never fails: `alignAll` finds what is left. */
  async alignOf(executionId: string): Promise<void> {
    await this.align(executionId).catch((error: unknown) => {
      this.logger.warn({ err: error, executionId }, 'parts of an execution could not follow it; tried again');
    });
  }

  alignAll(): Promise<void> {
    return this.align(null);
  }

  private async align(executionId: string | null): Promise<void> {
    const { rows } = await this.pool.query<{ id: string; action: Action }>(ASTRAY, [executionId]);
    await Promise.all(rows.map(({ id, action }) => this.engine.apply(id, COMMANDS[action])));
    const { rows: left } = await this.pool.query<StepAddress>(LEFT_WAITING, [executionId]);
    await Promise.all(
      left.map((step) => this.engine.apply(step.executionId, { kind: 'children-changed', stepId: step.stepId })),
    );
  }
}

const COMMANDS: Readonly<Record<Action, Command>> = {
  cancel: { kind: 'cancel', reason: REASON },
  pause: { kind: 'pause' },
  resume: { kind: 'resume' },
};
