import type { Logger } from '@flowmesh/platform/logging';
import type { Pool } from 'pg';
import type { TriggerStore } from '../trigger-store.ts';
import { noteDueSchedules } from './due-schedules.ts';
import type { Firings } from './firings.ts';
import type { FiringStore } from './firing-store.ts';

const TRIGGERS_AT_ONCE = 10;
const DUE_AT_ONCE = 100;
/** Of one round, which others wait for. */
const MAX_DUE_ROUNDS = 50;

export interface FiringRoundsParts {
  readonly pool: Pool;
  readonly store: FiringStore;
  readonly triggers: TriggerStore;
  readonly firings: Firings;
  readonly now: () => Promise<Date>;
  readonly logger: Logger;
}

/** Lets triggers fire, a round each second; what a round that was killed has left, the next one takes up. */
export class FiringRounds {
  constructor(private readonly parts: FiringRoundsParts) {}

  async round(): Promise<void> {
    const { pool, now } = this.parts;
    const at = await now();
    for (let rounds = 0; rounds < MAX_DUE_ROUNDS; rounds += 1) {
      if ((await noteDueSchedules(pool, at)) < DUE_AT_ONCE) break;
    }
    await this.settleAll(at);
  }

  /** All triggers in turn, a few firings of each. */
  private async settleAll(now: Date): Promise<void> {
    let after = '';
    for (;;) {
      const ids = await this.parts.store.waitingTriggers(after, TRIGGERS_AT_ONCE);
      await Promise.all(ids.map((id) => this.settleOf(id, now)));
      const last = ids.at(-1);
      if (last === undefined) return;
      after = last;
    }
  }

  /** One after the other, as later firings depend on what came of earlier ones; a trigger that fails does not affect others. */
  private async settleOf(triggerId: string, now: Date): Promise<void> {
    const { store, triggers, firings, logger } = this.parts;
    try {
      for (const firing of await store.waitingOf(triggerId, now)) {
        const trigger = await triggers.find(triggerId);
        if (!trigger) return;
        await firings.settle(trigger, firing);
      }
    } catch (error) {
      logger.warn({ err: error, triggerId }, 'firings of a trigger were not settled; the next round takes them up');
    }
  }
}
