import { Batcher } from '@flowmesh/platform/batching';
import type { StoredEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import type { Pool } from 'pg';
import type { Engine } from '../engine/engine.ts';
import type { EventDelivery } from './event-delivery.ts';
import { WaitStore, type EventLookup } from './wait-store.ts';
import { matchKeysOf } from './match-keys.ts';

/** Of the bus: it hears what steps wait for. */
export const EVENT_WAITS_GROUP = 'workflow-event-waits';
const MAX_BATCH = 100;
const MAX_BYTES = 65_536;

/** Makes domain events signals of the executions that wait for them. */
export class DomainEvents {
  private readonly lookups: Batcher<EventLookup, string[]>;

  constructor(
    pool: Pool,
    private readonly engine: Engine,
    private readonly delivery: EventDelivery,
  ) {
    const store = new WaitStore(pool);
    this.lookups = new Batcher({ process: (events) => store.waitingFor(events), maxItems: MAX_BATCH, concurrency: 2 });
  }

  /** May be called again for the same event: an execution keeps it once. Throws when it is to come again. */
  async handle({ id, type, ownerId, payload }: StoredEvent): Promise<void> {
    const executions = await this.lookups.add({ type, ownerId, matchKeys: matchKeysOf(payload) });
    await Promise.all(executions.map((executionId) => this.tell(executionId, id, type, payload)));
  }

  private async tell(executionId: string, eventId: string, name: string, payload: unknown): Promise<void> {
    // A payload that is too large to keep is told without its content.
    const kept = Buffer.byteLength(JSON.stringify(payload)) <= MAX_BYTES ? payload : null;
    const signal = { id: newId(), name, payload: kept, sentById: null, idempotencyKey: `event:${eventId}` };
    await this.engine.apply(executionId, { kind: 'signal', signal: { ...signal, requestDigest: null } });
    await this.delivery.deliver(executionId);
  }
}
