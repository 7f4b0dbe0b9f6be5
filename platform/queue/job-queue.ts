import type { JobsOptions } from 'bullmq';
import { currentRequestId } from '../logging/index.ts';
import { JOB_OPTIONS, type JobProducer, type StoredJob } from './backend.ts';
import { withDeadline } from './deadline.ts';
import type { Queue, QueueJob } from './types.ts';

/** Timeout for adding a few jobs. The work is already stored, and jobs are only hints, so callers do not wait long. */
const HINT_DEADLINE_MS = 250;
/** Timeout for everything else: adding many jobs at once, which only sweepers do, and queries. */
const DEADLINE_MS = 5_000;
const BULK_SIZE = 500;
/** Up to here single additions at once are faster than one for all, twice as fast on PostgreSQL. */
const SINGLY_UP_TO = 5;
/** BullMQ's lowest priority; its default would come before all numbered ones. */
const LAST_PRIORITY = 2_097_151;

export interface QueueFaults {
  readonly dropRate: number;
  readonly repeatRate: number;
}

export interface JobQueueOptions {
  readonly createProducer: () => JobProducer;
  readonly onError: (error: Error) => void;
  /** Shares of jobs that are lost, or come twice, on purpose, for tests of recovery. */
  readonly faults: QueueFaults;
  readonly onAdded: (count: number) => void;
}

/** A queue by its name. Its connection is made at first use, and again if that failed. */
export class JobQueue<T> implements Queue<T> {
  private producer: JobProducer | undefined;
  private opening: Promise<JobProducer> | undefined;

  constructor(
    readonly name: string,
    private readonly options: JobQueueOptions,
  ) {}

  async add(job: QueueJob<T>): Promise<void> {
    await this.addBulk([job]);
  }

  async addBulk(jobs: readonly QueueJob<T>[]): Promise<void> {
    const stored = withFaults(jobs, this.options.faults).map(toStoredJob);
    for (let start = 0; start < stored.length; start += BULK_SIZE) {
      const chunk = stored.slice(start, start + BULK_SIZE);
      const deadlineMs = chunk.length > SINGLY_UP_TO ? DEADLINE_MS : HINT_DEADLINE_MS;
      await this.run('add', (producer) => addAll(producer, chunk), deadlineMs);
      this.options.onAdded(chunk.length);
    }
  }

  async remove(id: string): Promise<boolean> {
    return this.run('remove', async (producer) => {
      // Redis says of a job that is not there that it was removed.
      if ((await producer.getJobState(storedId(id))) === 'unknown') return false;
      return (await producer.remove(storedId(id))) === 1;
    });
  }

  async counts(): Promise<{ waiting: number; delayed: number; active: number }> {
    const counts = await this.run('counts', (producer) =>
      producer.getJobCounts('waiting', 'prioritized', 'delayed', 'active'),
    );
    return {
      waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0),
      delayed: counts['delayed'] ?? 0,
      active: counts['active'] ?? 0,
    };
  }

  async close(): Promise<void> {
    await this.producer?.close();
  }

  private run<R>(
    operation: string,
    work: (producer: JobProducer) => Promise<R>,
    deadlineMs: number = DEADLINE_MS,
  ): Promise<R> {
    return withDeadline(`${operation} on ${this.name}`, deadlineMs, this.open().then(work));
  }

  private open(): Promise<JobProducer> {
    return (this.opening ??= this.createProducer().catch((error: unknown) => {
      // BullMQ keeps the failure of its first connection for good.
      this.opening = undefined;
      throw error;
    }));
  }

  private async createProducer(): Promise<JobProducer> {
    const producer = this.options.createProducer();
    producer.on('error', this.options.onError);
    try {
      await producer.waitUntilReady();
    } catch (error) {
      await producer.close().catch(this.options.onError);
      throw error;
    }
    this.producer = producer;
    return producer;
  }
}

async function addAll(producer: JobProducer, jobs: StoredJob[]): Promise<void> {
  if (jobs.length > SINGLY_UP_TO) await producer.addBulk(jobs);
  else await Promise.all(jobs.map(({ name, data, opts }) => producer.add(name, data, opts)));
}

function toStoredJob(job: QueueJob<unknown>): StoredJob {
  const options: JobsOptions = {
    ...JOB_OPTIONS,
    jobId: storedId(job.id),
    priority: Math.min(job.priority ?? LAST_PRIORITY, LAST_PRIORITY),
  };
  if (job.delayMs !== undefined && job.delayMs > 0) options.delay = Math.ceil(job.delayMs);
  return { name: 'job', data: { id: job.id, data: job.data, requestId: currentRequestId() }, opts: options };
}

/** BullMQ refuses ids that are numbers or hold a colon. */
const storedId = (id: string): string => `j${encodeURIComponent(id)}`;

function withFaults<T>(jobs: readonly QueueJob<T>[], { dropRate, repeatRate }: QueueFaults): readonly QueueJob<T>[] {
  if (dropRate === 0 && repeatRate === 0) return jobs;
  return jobs
    .filter(() => Math.random() >= dropRate)
    .flatMap((job) => (Math.random() < repeatRate ? [job, { ...job, id: `${job.id}-again` }] : [job]));
}
