import type { Pool } from 'pg';
import type { StoredEvent } from '@flowmesh/platform/events';
import type { Logger } from '@flowmesh/platform/logging';
import { Batcher } from '@flowmesh/platform/batching';
import type { Engine } from '../engine/engine.ts';
import { groupBy } from '../engine/grouping.ts';
import type { AgentPort } from '../step-types/step-type.ts';

interface WaitingStep {
  readonly execution_id: string;
  readonly step_id: string;
  readonly agent_execution_id: string;
}

const MAX_BATCH = 200;

/** Continues steps when the agent executions that they wait for have ended. */
export class AgentResults {
  private readonly lookups: Batcher<string, WaitingStep[]>;

  constructor(
    private readonly pool: Pool,
    private readonly engine: Engine,
    private readonly agents: AgentPort,
    private readonly logger: Logger,
  ) {
    this.lookups = new Batcher({ process: (ids) => this.findWaiting(ids), maxItems: MAX_BATCH, concurrency: 2 });
  }

  /**
   * Handles `agent.executed` events. Does not wait for the work it starts, so that events are handled in batches. What fails
   * here is found by the sweeper, which checks steps that have waited for an agent for a while.
   */
  handle(event: StoredEvent): void {
    const { executionId } = event.payload as { readonly executionId?: unknown };
    if (typeof executionId !== 'string') return;
    this.takeUp(executionId).catch((error: unknown) => {
      this.logger.warn({ err: error, agentExecutionId: executionId }, 'end of an agent not taken up; asked for later');
    });
  }

  private async takeUp(agentExecutionId: string): Promise<void> {
    const steps = await this.lookups.add(agentExecutionId);
    if (steps.length === 0) return;
    const outcome = (await this.agents.ended([agentExecutionId])).get(agentExecutionId);
    if (!outcome) return;
    for (const { execution_id: executionId, step_id: stepId } of steps) {
      await this.engine.apply(executionId, { kind: 'agent-ended', stepId, agentExecutionId, outcome });
    }
  }

  private async findWaiting(ids: readonly string[]): Promise<WaitingStep[][]> {
    const { rows } = await this.pool.query<WaitingStep>({
      name: 'engine-waiting-steps',
      text: `select execution_id, step_id, agent_execution_id from workflow_step_executions
             where agent_execution_id = any($1::text[]) and status = 'WAITING'`,
      values: [ids],
    });
    const found = groupBy(rows, (row) => row.agent_execution_id);
    return ids.map((id) => found.get(id) ?? []);
  }
}
