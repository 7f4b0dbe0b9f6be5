import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { onlyRow } from '@flowmesh/platform/database';
import { WEBHOOK_RECEIVED } from '../../event-types/event-types.ts';

/** So seldom the table is read, however many events there are. */
const READ_EVERY_MS = 250;

/**
 * Which types of events some active trigger waits for. Most events are wanted by none, and cost nothing: what was read after an
 * event had occurred knows every trigger that it could concern.
 */
export class WantedEvents {
  private types: ReadonlySet<string> = new Set();
  /** By the clock of the database. */
  private readAt = new Date(0);
  private nextRead = 0;

  constructor(private readonly pool: Pool) {}

  async isWanted(type: string, occurredAt: Date): Promise<boolean> {
    if (occurredAt >= this.readAt) await this.read();
    return this.types.has(type);
  }

  private async read(): Promise<void> {
    const wait = this.nextRead - performance.now();
    if (wait > 0) await delay(wait);
    const { rows } = await this.pool.query<{ read_at: Date; types: string[]; webhooks: boolean }>({
      name: 'triggers-wanted-events',
      text: `select clock_timestamp() as read_at,
               array(select distinct event_type from workflow_triggers
                     where status = 'ACTIVE' and event_type is not null) as types,
               exists(select 1 from workflow_triggers
                      where status = 'ACTIVE' and integration_id is not null) as webhooks`,
    });
    const { read_at: readAt, types, webhooks } = onlyRow(rows);
    this.types = new Set([...types, ...(webhooks ? [WEBHOOK_RECEIVED] : [])]);
    this.readAt = readAt;
    this.nextRead = performance.now() + READ_EVERY_MS;
  }
}
