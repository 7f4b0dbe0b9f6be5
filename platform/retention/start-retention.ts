import { removeInBatches } from '../database/index.ts';
import type { Logger } from '../logging/index.ts';
import type { QueueSystem, QueueWorker } from '../queue/index.ts';

/**
 * A look costs next to nothing when nothing has expired. Turns are kept over restarts: with longer ones a process that
 * ends in the middle, or starts, would leave what has expired for as long.
 */
const EVERY_MS = 60_000;

export interface RetentionParts {
  /** Of the queue, and of what is removed in the log, e.g. `agent-executions`. */
  readonly name: string;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  /** Removes at most so many expired rows, in a transaction of its own, and gives how many went. */
  readonly remove: (limit: number) => Promise<number>;
}

/** Once a minute, by one process of all, removes until nothing expired is left. A stop ends it after the present batch. */
export function startRetention({ name, queues, logger, remove }: RetentionParts): QueueWorker {
  const stopping = new AbortController();
  const worker = queues.repeat(`${name}-retention`, EVERY_MS, async () => {
    const removed = await removeInBatches({ remove, signal: stopping.signal });
    if (removed > 0) logger.info({ removed, what: name }, 'what had expired was removed');
  });
  return {
    stop: (deadlineMs) => {
      stopping.abort();
      return worker.stop(deadlineMs);
    },
  };
}
