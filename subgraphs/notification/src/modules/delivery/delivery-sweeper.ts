import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import type { DeliveryHints } from './delivery-queue.ts';
import type { RecoveryStore } from './recovery-store.ts';

/** With leases of 10 s, the work of a killed process continues within 12 to 13 s. */
const EVERY_MS = 2_000;
/** Hints that were not lost have been handled after this time. */
const OVERDUE_MS = 1_500;
const BATCH = 1_000;

interface SweeperParts {
  readonly store: RecoveryStore;
  readonly hints: DeliveryHints;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  readonly published: () => void;
}

/** Applies changes caused by time (due, expired), and adds missing hints: for the work of crashed processes, and lost ones. */
export function startSweeper({ store, hints, queues, logger, published }: SweeperParts): QueueWorker {
  return queues.repeat('notifications-sweep', EVERY_MS, async () => {
    const recovered = await store.recoverLost(BATCH);
    if (recovered > 0) logger.warn({ recovered }, 'notifications taken from processes that fell silent');
    const moved = (await store.expire(BATCH)) + (await store.queueDue(BATCH)) + recovered;
    if (moved > 0) published();
    await store.forgetRateWindows();
    const channels = await store.overdue(moved > 0 ? 0 : OVERDUE_MS);
    await Promise.all(channels.map((channel) => hints.due(channel)));
  });
}
