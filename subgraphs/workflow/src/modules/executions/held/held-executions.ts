import type { EventBus } from '@flowmesh/platform/events';
import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem } from '@flowmesh/platform/queue';
import { endSuspendedWork, followSuspensions, SUSPENDED_REASON } from '@flowmesh/platform/suspensions';
import type { Pool } from 'pg';
import type { Engine } from '../engine/engine.ts';
import { HeldStore } from './held-store.ts';

export interface HeldExecutionsParts {
  readonly name: string;
  readonly pool: Pool;
  readonly engine: Engine;
  readonly bus: EventBus;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  /** `cancel`: for good, in place of a pause. */
  readonly mode: 'pause' | 'cancel';
}

const AT_ONCE = 200;
/** What began in the moment of a suspension is found by then. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Pauses executions whose starter is suspended, and resumes them when the starter is reactivated; those that were paused
 * by somebody stay paused. Steps use the permissions of the starter, so a suspension must also stop started executions.
 */
export async function startHolding(parts: HeldExecutionsParts): Promise<{ stop(): Promise<void> }> {
  const store = new HeldStore(parts.pool);
  if (parts.mode === 'cancel') {
    return endSuspendedWork({ ...parts, cancel: (limit) => cancelSome(store, parts.engine, limit) });
  }
  const settle = async () => {
    await holdAll(store, parts.engine);
    await releaseAll(store, parts.engine);
  };
  const following = await followSuspensions({ ...parts, onSuspended: settle, onReleased: settle });
  const looking = parts.queues.repeat('workflow-held-executions', LOOK_AGAIN_MS, settle);
  return {
    async stop() {
      await Promise.all([following.stop(), looking.stop()]);
    },
  };
}

async function cancelSome(store: HeldStore, engine: Engine, limit: number): Promise<number> {
  const ids = await store.unended(limit);
  await Promise.all(ids.map((id) => engine.apply(id, { kind: 'cancel', reason: SUSPENDED_REASON })));
  return ids.length;
}

async function holdAll(store: HeldStore, engine: Engine): Promise<void> {
  for (;;) {
    const ids = await store.unheld(AT_ONCE);
    await Promise.all(
      ids.map(async (id) => {
        // Marked first: whoever sees it paused sees why.
        await store.markHeld(id);
        await engine.apply(id, { kind: 'pause' });
      }),
    );
    if (ids.length < AT_ONCE) return;
  }
}

async function releaseAll(store: HeldStore, engine: Engine): Promise<void> {
  for (;;) {
    const ids = await store.released(AT_ONCE);
    await Promise.all(ids.map((id) => engine.apply(id, { kind: 'resume' })));
    if (ids.length < AT_ONCE) return;
  }
}
