import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { CircuitState } from '@flowmesh/platform/resilience';
import type { Pool } from 'pg';
import { healthEvents, type ToldIntegration } from '../integrations/integration-events.ts';
import type { TestRun } from './test-run.ts';

interface Checked extends Pick<ToldIntegration, 'id' | 'ownerId' | 'name' | 'type'> {
  /** Null: was never checked. */
  readonly wasHealthy: boolean | null;
  readonly circuit: CircuitState;
}

export class HealthStore {
  constructor(private readonly pool: Pool) {}

  /** Ids of integrations that were not checked for so long, the longest first. Switched off ones are left alone. */
  async due(everyMs: number, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select id from integrations where status = 'ACTIVE'
         and (health_checked_at is null or health_checked_at < now() - make_interval(secs => $1::float8 / 1000))
       order by health_checked_at nulls first limit $2`,
      [everyMs, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Notes a check, unless the integration was changed meanwhile. True when it is well now and was not, or the reverse. */
  record(id: string, version: number, { succeeded, latencyMs, message }: TestRun): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<Checked>(
        `select i.id, owner_id as "ownerId", name, type, coalesce(c.state, 'CLOSED') as circuit,
           case when health_checked_at is not null then health_failures = 0 end as "wasHealthy"
         from integrations i left join policy_circuits c on c.key = i.id
         where i.id = $1 and version = $2 for no key update of i`,
        [id, version],
      );
      const [before] = rows;
      if (!before) return false;
      await tx.query(
        `update integrations set health_checked_at = now(), health_latency_ms = $2, health_error = $3,
           health_succeeded_at = case when $4 then now() else health_succeeded_at end,
           health_failures = case when $4 then 0 else health_failures + 1 end where id = $1`,
        [id, latencyMs, message, succeeded],
      );
      if (before.wasHealthy === succeeded) return false;
      const { circuit } = before;
      await appendEvents(tx, healthEvents(before, { cause: 'CHECK', healthy: succeeded, circuit, error: message }));
      return true;
    });
  }
}

/** Events of a circuit that has changed, read within the transaction that changes it; none when the integration is gone. */
export async function circuitEvents(tx: Pick<Pool, 'query'>, id: string, circuit: CircuitState): Promise<NewEvent[]> {
  const { rows } = await tx.query<Pick<ToldIntegration, 'id' | 'ownerId' | 'name' | 'type'> & { healthy: boolean }>(
    `select id, owner_id as "ownerId", name, type, health_failures = 0 as healthy from integrations where id = $1`,
    [id],
  );
  return rows.flatMap(({ healthy, ...told }) =>
    healthEvents(told, { cause: 'CIRCUIT', healthy, circuit, error: null }),
  );
}
