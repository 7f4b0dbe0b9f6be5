import type { Job, JobsOptions } from 'bullmq';

/** What a job carries in the queue's store. */
export interface JobEnvelope {
  /** As the caller gave it; the store's own id is an encoding of it. */
  readonly id: string;
  readonly data: unknown;
  readonly requestId: string | undefined;
}

export interface StoredJob {
  readonly name: string;
  readonly data: JobEnvelope;
  readonly opts: JobsOptions;
}

/** The part of BullMQ's `Queue` that is used, the same on both backends. */
export interface JobProducer {
  add(name: string, data: JobEnvelope, options: JobsOptions): Promise<unknown>;
  addBulk(jobs: StoredJob[]): Promise<unknown>;
  getJobState(jobId: string): Promise<string>;
  remove(jobId: string): Promise<number>;
  getJobCounts(...states: ('waiting' | 'prioritized' | 'delayed' | 'active')[]): Promise<Record<string, number>>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of BullMQ's `Worker` that is used. */
export interface JobConsumer {
  waitUntilReady(): Promise<unknown>;
  cancelAllJobs(reason?: string): void;
  close(force?: boolean): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export type JobProcessor = (job: Job<JobEnvelope>, token?: string, signal?: AbortSignal) => Promise<void>;

/** Where jobs are kept. */
export interface QueueBackend {
  readonly kind: 'postgres' | 'redis';
  createProducer(name: string): JobProducer;
  createConsumer(name: string, concurrency: number, processor: JobProcessor): JobConsumer;
  /** Called when a consumer is closed. */
  consumerClosed(): void;
  /** Known without asking it: there is no connection. */
  isAway(): boolean;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A finished job leaves nothing behind: its id can be added again, and outcomes are kept by the domains. */
export const JOB_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const satisfies JobsOptions;

/** Nobody reads BullMQ's own events. */
export const PRODUCER_OPTIONS = { streams: { events: { maxLen: 50 } } } as const;

export const CONSUMER_OPTIONS = {
  // A job of a killed process comes again after its lock ran out and one check more: seven seconds at most.
  lockDuration: 5_000,
  stalledInterval: 2_000,
  // Whether a job may run again is for the domain to decide, not for how often its worker died.
  maxStalledCount: 1_000_000,
  // After an error of the store.
  runRetryDelay: 1_000,
} as const;
