import type { Pool } from 'pg';
import type { Logger } from '@flowmesh/platform/logging';
import type { ClaimedStep } from './commands.ts';
import { LEASE_MS } from './turn.ts';

const HEARTBEAT_MS = 2_500;

/** Renews the leases of all steps that this process runs, with one statement. */
export class Leases {
  private readonly held = new Map<string, { readonly executionId: string; readonly stepId: string }>();
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.renewing = this.renew().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'leases could not be renewed');
      });
    }, HEARTBEAT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
  }

  /** Renews the lease of the claimed step while `work` runs. */
  async during<T>(executionId: string, { stepId, token }: ClaimedStep, work: () => Promise<T>): Promise<T> {
    this.held.set(token, { executionId, stepId });
    try {
      return await work();
    } finally {
      this.held.delete(token);
    }
  }

  /** A step whose lease was lost meanwhile is not affected, because its token has changed. */
  private async renew(): Promise<void> {
    if (this.held.size === 0) return;
    const held = [...this.held];
    await this.pool.query(
      `update workflow_step_executions s
       set lease_expires_at = clock_timestamp() + make_interval(secs => $4)
       from unnest($1::text[], $2::text[], $3::text[]) h(execution_id, step_id, token)
       where s.execution_id = h.execution_id and s.step_id = h.step_id
         and s.status = 'RUNNING' and s.lease_token = h.token`,
      [
        held.map(([, { executionId }]) => executionId),
        held.map(([, { stepId }]) => stepId),
        held.map(([token]) => token),
        LEASE_MS / 1_000,
      ],
    );
  }
}
