import type { Logger } from '@flowmesh/platform/logging';
import type { Queue, QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import { INTERRUPTED_PRIORITY, jobOf, type ExecutionJob } from './execution-queue.ts';
import type { LeaseStore } from './lease-store.ts';

/** With leases of 10 s, the work of a killed process continues within 12 to 13 s. */
const EVERY_MS = 2_000;
/** Jobs that were not lost have started after this time. */
const OVERDUE_MS = 1_500;
const BATCH = 1_000;

interface SweeperParts {
  readonly store: LeaseStore;
  readonly queue: Queue<ExecutionJob>;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  readonly published: () => void;
  /** Stops at most so many executions that nobody waits for. */
  readonly stopOrphans: (limit: number) => Promise<unknown>;
}

/** Adds missing jobs to the queue: for the work of crashed processes, and for executions whose job was lost. */
export function startSweeper({ store, queue, queues, logger, published, stopOrphans }: SweeperParts): QueueWorker {
  return queues.repeat('agent-executions-sweep', EVERY_MS, async () => {
    const recovered = await store.recoverLost(BATCH);
    if (recovered.taken > 0) {
      published();
      logger.warn({ recovered: recovered.taken }, 'executions taken from processes that fell silent');
    }
    await stopOrphans(BATCH);
    const waiting = await store.waiting(OVERDUE_MS, BATCH);
    const interrupted = recovered.waiting.map((execution) => ({ ...jobOf(execution), priority: INTERRUPTED_PRIORITY }));
    // An id that the queue knows is not added again.
    if (interrupted.length + waiting.length > 0) await queue.addBulk([...interrupted, ...waiting.map(jobOf)]);
  });
}
