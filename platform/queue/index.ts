export { QueueUnavailableError } from './deadline.ts';
export { MAX_RECOVERIES, WORKER_LOST } from './lost-work.ts';
export { createQueueSystem, type QueueSystemOptions } from './queue-system.ts';
export type { Queue, QueueJob, QueueSystem, QueueWorker } from './types.ts';
