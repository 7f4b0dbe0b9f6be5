import type { Pool } from 'pg';
import { LAST_EXECUTIONS, LIVE_STATE } from './availability-sql.ts';

export type AvailabilityState = 'AVAILABLE' | 'BUSY' | 'CIRCUIT_OPEN' | 'MISSING' | 'UNHEALTHY' | 'INACTIVE';

/** How an agent stands at a moment. */
export interface Availability {
  readonly id: string;
  readonly state: AvailabilityState;
  readonly running: number;
  readonly concurrencyLimit: number;
  readonly queueLength: number;
  readonly load: number;
  readonly circuit: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  readonly lastHeartbeatAt: Date | null;
  readonly heartbeatExpiresAt: Date | null;
  /** Of its last executions; null without any. */
  readonly averageMs: number | null;
}

export interface Heartbeat {
  readonly agentId: string;
  readonly ttlSeconds: number;
  readonly load: number | null;
}

/** The live state of agents. */
export class AvailabilityStore {
  constructor(private readonly pool: Pool) {}

  /** In one statement, however many. */
  async of(ids: readonly string[]): Promise<Map<string, Availability>> {
    const { rows } = await this.pool.query<Availability>(
      `select a.id, v.state, v.running, a.concurrency_limit as "concurrencyLimit", v.queued as "queueLength", v.load, v.circuit,
         a.heartbeat_at as "lastHeartbeatAt", a.heartbeat_expires_at as "heartbeatExpiresAt", p.ms as "averageMs"
       from agents a ${LIVE_STATE} ${LAST_EXECUTIONS} where a.id = any($1)`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** By the clock of the database; false when the agent gives no heartbeats, or is gone. */
  async beat({ agentId, ttlSeconds, load }: Heartbeat): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update agents set heartbeat_at = clock_timestamp(), heartbeat_load = $3,
         heartbeat_expires_at = clock_timestamp() + make_interval(secs => $2)
       where id = $1 and heartbeat and deleted_at is null`,
      [agentId, ttlSeconds, load],
    );
    return rowCount === 1;
  }
}
