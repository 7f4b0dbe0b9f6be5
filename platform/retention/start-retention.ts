import { removeInBatches } from '../database/index.ts';
import type { Logger } from '../logging/index.ts';
import type { QueueSystem, QueueWorker } from '../queue/index.ts';

/**
 * A check is cheap when nothing has expired. Turns are stored across restarts: with a longer interval, a process that stops
 * in the middle would delay the removal of expired rows by as much.
 */
const EVERY_MS = 60_000;

export interface RetentionParts {
  /** Of the queue, and of what is removed in the log, e.g. `agent-executions`. */
  readonly name: string;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  /** Removes at most this many expired rows in its own transaction, and returns how many were removed. */
  readonly remove: (limit: number) => Promise<number>;
}

/** Once a minute, in one of all processes, removes all expired rows. Stopping ends it after the present batch. */
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
