import type { Job } from 'bullmq';
import { newId } from '../ids/index.ts';
import { isOutage } from '../errors/index.ts';
import { warnSeldom, withLogContext, type Logger, type WarnSeldom } from '../logging/index.ts';
import type { JobConsumer, JobEnvelope, JobProcessor } from './backend.ts';
import { endsWithin } from './deadline.ts';
import type { QueueWorker } from './types.ts';

/** Below the ten seconds that orderly shutdown gives each part. */
const STOP_DEADLINE_MS = 8_000;
/** For jobs to end after their signal was aborted. */
const ABORT_GRACE_MS = 1_000;
const REOPEN_AFTER_MS = 1_000;

export type JobHandler = (data: unknown, job: { readonly id: string; readonly signal: AbortSignal }) => Promise<void>;

export interface JobWorkerOptions {
  readonly createConsumer: (processor: JobProcessor) => JobConsumer;
  readonly consumerClosed: () => void;
  /** The store does not answer: closing in order would wait until it does. */
  readonly isStoreAway: () => boolean;
  readonly handler: JobHandler;
  readonly onError: (error: Error) => void;
  readonly onFinished: (outcome: 'done' | 'failed', seconds: number) => void;
  readonly logger: Logger;
}

/** Takes jobs of one queue until it is stopped, through every outage of the store. */
export class JobWorker implements QueueWorker {
  private consumer: JobConsumer | undefined;
  private stopping: Promise<void> | undefined;
  private reopening: NodeJS.Timeout | undefined;
  private readonly running = new Set<Promise<void>>();
  private readonly warnOfOutage: WarnSeldom;

  constructor(
    readonly name: string,
    private readonly options: JobWorkerOptions,
  ) {
    this.warnOfOutage = warnSeldom(options.logger, 'a job failed for want of what it depends on');
    this.open();
  }

  stop(deadlineMs: number = STOP_DEADLINE_MS): Promise<void> {
    return (this.stopping ??= this.close(deadlineMs));
  }

  private open(): void {
    const consumer = this.options.createConsumer((job, _token, signal) => this.run(job, signal));
    consumer.on('error', this.options.onError);
    this.consumer = consumer;
    consumer.waitUntilReady().catch((error: unknown) => this.reopen(consumer, error));
  }

  /** BullMQ keeps the failure of its first connection for good: only a new consumer connects again. */
  private reopen(broken: JobConsumer, error: unknown): void {
    if (this.stopping) return;
    if (error instanceof Error) this.options.onError(error);
    this.consumer = undefined;
    this.options.consumerClosed();
    void broken.close(true).catch(this.options.onError);
    this.reopening = setTimeout(() => this.open(), REOPEN_AFTER_MS);
  }

  private async close(deadlineMs: number): Promise<void> {
    clearTimeout(this.reopening);
    const { consumer } = this;
    if (!consumer) return;
    const closed = this.options.isStoreAway() ? this.closeWithoutStore(consumer) : consumer.close();
    if (!(await endsWithin(deadlineMs, closed))) {
      consumer.cancelAllJobs('the process stops');
      if (!(await endsWithin(ABORT_GRACE_MS, closed))) {
        this.options.logger.warn({ queue: this.name }, 'jobs still ran when their worker was stopped; they come again');
      }
    }
    this.options.consumerClosed();
  }

  /** No job comes any more; those that run may end, although nobody can be told. */
  private async closeWithoutStore(consumer: JobConsumer): Promise<void> {
    await Promise.all(this.running);
    await endsWithin(ABORT_GRACE_MS, consumer.close(true));
  }

  private async run(job: Job<JobEnvelope>, signal: AbortSignal | undefined): Promise<void> {
    const work = this.process(job, signal);
    this.running.add(work);
    try {
      await work;
    } finally {
      this.running.delete(work);
    }
  }

  private async process(job: Job<JobEnvelope>, signal: AbortSignal | undefined): Promise<void> {
    const { id, data, requestId } = job.data;
    const started = performance.now();
    const finished = (outcome: 'done' | 'failed'): void =>
      this.options.onFinished(outcome, (performance.now() - started) / 1_000);
    await withLogContext({ requestId: requestId ?? newId() }, async () => {
      try {
        await this.options.handler(data, { id, signal: signal ?? new AbortController().signal });
        finished('done');
      } catch (error) {
        finished('failed');
        const fields = { err: error, queue: this.name, job: id };
        // The job was a hint: what it stood for is found again when all is back.
        if (isOutage(error)) this.warnOfOutage(fields);
        else this.options.logger.error(fields, 'job failed');
      }
    });
  }
}
