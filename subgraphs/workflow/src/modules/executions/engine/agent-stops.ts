import type { Pool } from 'pg';
import type { Logger } from '@flowmesh/platform/logging';
import type { Definitions } from './definitions.ts';
import { scopesOn } from '../step-types/service-scopes.ts';
import { idempotencyKeyOf } from './attempt-key.ts';
import type { AgentPort } from '../step-types/step-type.ts';

interface StopRow {
  readonly execution_id: string;
  readonly step_id: string;
  readonly agent_stops: string[];
  readonly workflow_id: string;
  readonly workflow_version: number;
  readonly scope: string | null;
  readonly started_by_id: string;
  readonly starter_scopes: string[];
  readonly request_id: string | null;
}

const LIMIT = 200;

/** Stops agent executions of attempts that were given up. Recorded in the database until done. */
export class AgentStops {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Definitions,
    private readonly agents: AgentPort,
    private readonly logger: Logger,
  ) {}

  /** Stops those of one execution at once. Never fails: `stopAll` retries what cannot be stopped now. */
  async stopOf(executionId: string): Promise<void> {
    try {
      await this.stop('and s.execution_id = $1', [executionId]);
    } catch (error) {
      this.logger.warn({ err: error, executionId }, 'agents could not be stopped; tried again');
    }
  }

  async stopAll(): Promise<void> {
    await this.stop('', []);
  }

  private async stop(condition: string, values: unknown[]): Promise<void> {
    const { rows } = await this.pool.query<StopRow>(
      `select s.execution_id, s.step_id, s.agent_stops, e.workflow_id, e.workflow_version, e.scope, e.started_by_id,
              e.starter_scopes, e.request_id
       from workflow_step_executions s join workflow_executions e on e.id = s.execution_id
       where s.agent_stops <> '{}' ${condition} order by s.execution_id limit ${LIMIT}`,
      values,
    );
    const results = await Promise.allSettled(
      rows.flatMap((row) => row.agent_stops.map((attempt) => this.stopOne(row, attempt))),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async stopOne(row: StopRow, attempt: string): Promise<void> {
    const { workflow_id: workflowId, workflow_version: workflowVersion, scope } = row;
    const { byId } = await this.definitions.of({ workflowId, workflowVersion, scope });
    await this.agents.stop({
      agentId: byId.get(row.step_id)?.agentId ?? '',
      idempotencyKey: idempotencyKeyOf(row.execution_id, row.step_id, attempt),
      userId: row.started_by_id,
      scopes: scopesOn(row.starter_scopes, 'agent'),
      requestId: row.request_id ?? row.execution_id,
    });
    // A step that waits for the stop is asked after in the next round, should the event of it be missed.
    await this.pool.query(
      `update workflow_step_executions set agent_stops = array_remove(agent_stops, $3),
         agent_checked_at = least(agent_checked_at, clock_timestamp() - interval '5 seconds')
       where execution_id = $1 and step_id = $2`,
      [row.execution_id, row.step_id, attempt],
    );
  }
}
