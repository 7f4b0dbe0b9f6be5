import type { Pool } from 'pg';
import type { Logger } from '@flowmesh/platform/logging';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { EventDelivery } from '../events/event-delivery.ts';
import type { AgentPort } from '../step-types/step-type.ts';
import { sweepCompensations } from './compensations/compensation-sweep.ts';
import type { ChildAlignment } from './children/child-alignment.ts';
import type { AgentStops } from './agent-stops.ts';
import type { Command } from './commands.ts';
import { priorityOf, type Engine } from './engine.ts';
import { groupBy } from './grouping.ts';
import { occasionOf } from './turn.ts';
import type { StepStatus } from './execution-state.ts';

/** Rows of each kind in one round. */
const LIMIT = 1_000;
const AGENTS_LIMIT = 200;

interface StepRef {
  readonly execution_id: string;
  readonly step_id: string;
}

export interface SweeperOptions {
  readonly pool: Pool;
  readonly engine: Engine;
  readonly agents: AgentPort;
  readonly agentStops: AgentStops;
  readonly alignment: ChildAlignment;
  readonly events: Pick<EventDelivery, 'sweep'>;
  readonly logger: Logger;
}

/**
 * Recovers what was lost: jobs that never reached the queue, steps of crashed processes, timers, and results of agents. All
 * state is in the database, so a flushed queue or a killed process only causes a delay of seconds.
 */
export class Sweeper {
  constructor(private readonly options: SweeperOptions) {}

  /** One round of the parts that only need the database; a failing part does not affect the others. */
  sweep(): Promise<void> {
    return this.tryAll({
      expired: () =>
        this.applyAll('expire', `status = 'RUNNING' and lease_expires_at < clock_timestamp()`, 'lease_expires_at'),
      timers: () =>
        this.applyAll('wake', `status = 'WAITING' and wake_at is not null and wake_at <= clock_timestamp()`, 'wake_at'),
      deadlines: () =>
        this.applyAll(
          'time-out',
          `status in ('READY', 'RUNNING', 'WAITING') and deadline_at is not null and deadline_at < clock_timestamp()`,
          'deadline_at',
        ),
      reminders: () => this.remind(),
      ready: () => this.enqueueReady(),
      parts: () => this.options.alignment.alignAll(),
      events: () => this.options.events.sweep(),
      compensations: () => sweepCompensations(this.options.pool, this.options.engine),
    });
  }

  /** One round of the part that needs the agent service, which may be slow. */
  sweepAgents(): Promise<void> {
    return this.tryAll({ agents: () => this.askAgents(), stops: () => this.options.agentStops.stopAll() });
  }

  private async tryAll(parts: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
    for (const [part, work] of Object.entries(parts)) {
      await work().catch((error: unknown) => this.options.logger.warn({ err: error, part }, 'sweep failed'));
    }
  }

  private async applyAll(kind: 'expire' | 'wake' | 'time-out', condition: string, order: string): Promise<void> {
    const { rows } = await this.options.pool.query<StepRef>(
      `select execution_id, step_id from workflow_step_executions where ${condition} order by ${order} limit ${LIMIT}`,
    );
    await Promise.all(rows.map((row) => this.options.engine.apply(row.execution_id, { kind, stepId: row.step_id })));
  }

  /** Of approvals that nobody has decided. */
  private async remind(): Promise<void> {
    const { rows } = await this.options.pool.query<StepRef>(
      `select execution_id, step_id from workflow_approvals
       where status = 'PENDING' and remind_at is not null and remind_at <= clock_timestamp()
       order by remind_at limit ${LIMIT}`,
    );
    const apply = (row: StepRef) =>
      this.options.engine.apply(row.execution_id, { kind: 'remind', stepId: row.step_id });
    await Promise.all(rows.map(apply));
  }

  /** Steps that have been ready for a while. Most are in the queue already, which ignores duplicates. */
  private async enqueueReady(): Promise<void> {
    const { rows } = await this.options.pool.query<
      StepRef & {
        status: StepStatus;
        generation: number;
        failures: number;
        recoveries: number;
        waits: number;
        turn: number | null;
        is_part: boolean;
      }
    >(
      `select s.execution_id, s.step_id, s.status, s.generation, s.failures, s.recoveries, s.waits,
              case when e.status = 'PENDING' then e.turn end as turn, e.parent_execution_id is not null as is_part
       from (select * from workflow_step_executions
             where status = 'READY' and ready_at < clock_timestamp() - interval '2 seconds'
             order by ready_at limit ${LIMIT}) s
       join workflow_executions e on e.id = s.execution_id`,
    );
    for (const [executionId, steps] of groupBy(rows, (row) => row.execution_id)) {
      const ready = steps.map((row) => ({ stepId: row.step_id, delayMs: 0, occasion: occasionOf(row) }));
      const { turn = null, is_part: isPart = false } = steps[0] ?? {};
      if (isPart && turn !== null) await this.options.engine.enqueueBegun([{ id: executionId, turn }]);
      else await this.options.engine.enqueue(executionId, ready, priorityOf(turn));
    }
  }

  /** Their events may have been missed. */
  private async askAgents(): Promise<void> {
    const { rows } = await this.options.pool.query<StepRef & { agent_execution_id: string; unheard: boolean }>(
      `with due as (
         select execution_id, step_id from workflow_step_executions
         where status = 'WAITING' and agent_execution_id is not null
           and agent_checked_at < clock_timestamp() - interval '5 seconds'
         order by agent_checked_at limit ${AGENTS_LIMIT} for update skip locked)
       update workflow_step_executions s set agent_checked_at = clock_timestamp()
       from due where s.execution_id = due.execution_id and s.step_id = due.step_id
       returning s.execution_id, s.step_id, s.agent_execution_id, s.agent_unheard_since is not null as unheard`,
    );
    if (rows.length === 0) return;
    const asked = this.options.agents.ended(rows.map((row) => row.agent_execution_id));
    const ended = await asked.catch((error: unknown) => {
      if (!(error instanceof ServiceAwayError)) throw error;
      this.options.logger.warn({ err: error, steps: rows.length }, 'steps wait for agents of which nothing is known');
      return null;
    });
    await Promise.all(
      rows.map(async (row) => {
        const outcome = ended?.get(row.agent_execution_id);
        const step = { stepId: row.step_id, agentExecutionId: row.agent_execution_id };
        const heard = ended !== null;
        if (!outcome && heard !== row.unheard) return;
        const command: Command = outcome
          ? { kind: 'agent-ended', ...step, outcome }
          : { kind: 'agent-heard', ...step, heard };
        await this.options.engine.apply(row.execution_id, command);
      }),
    );
  }
}
