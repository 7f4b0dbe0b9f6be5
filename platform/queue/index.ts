export type { Queue, QueueJob, QueueSystem, QueueWorker } from './types.ts';
