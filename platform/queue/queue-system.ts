import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { createPool } from '../database/index.ts';
import type { Logger } from '../logging/index.ts';
import type { QueueBackend } from './backend.ts';
import { endsWithin, withDeadline } from './deadline.ts';
import { JobQueue, type QueueFaults } from './job-queue.ts';
import { JobWorker } from './job-worker.ts';
import { PostgresQueueBackend } from './postgres-backend.ts';
import { createQueueMetrics, type QueueMetrics } from './queue-metrics.ts';
import { RedisQueueBackend } from './redis-backend.ts';
import { prepareRepeats, Repeat } from './repeat.ts';
import type { Queue, QueueSystem, QueueWorker } from './types.ts';

export interface QueueSystemOptions {
  /** Null: jobs are kept in the platform database. */
  readonly redisUrl: string | null;
  readonly platformDatabaseUrl: string;
  readonly logger: Logger;
  /** Before all names, for systems that share a store. Default `flowmesh`. */
  readonly prefix?: string;
  readonly metrics?: Registry | undefined;
  /** Shares (0 to 1) of added jobs that are lost, or come twice, on purpose. For tests only. */
  readonly faults?: QueueFaults;
}

const CHECK_DEADLINE_MS = 2_000;
const CLOSE_DEADLINE_MS = 8_000;
/** An error of the store comes from every connection at every attempt: logged at most this often for each queue. */
const ERROR_LOG_EVERY_MS = 30_000;

/** Connects to the store of the queues; rejects when it cannot be reached. */
export async function createQueueSystem(options: QueueSystemOptions): Promise<QueueSystem> {
  const { logger, prefix = 'flowmesh' } = options;
  const turns = createPool(options.platformDatabaseUrl, {
    max: 2,
    applicationName: 'flowmesh-repeat',
    // The lock of a machine that vanished is free after 25 s, not after the two hours of the defaults.
    settings: { tcp_keepalives_idle: '10', tcp_keepalives_interval: '5', tcp_keepalives_count: '3' },
    logger,
  });
  try {
    await prepareRepeats(turns);
    const backend =
      options.redisUrl === null
        ? await PostgresQueueBackend.open(options.platformDatabaseUrl, logger)
        : await RedisQueueBackend.open(options.redisUrl, prefix, logger);
    return new BullQueueSystem(backend, turns, prefix, options);
  } catch (error) {
    await turns.end();
    throw error;
  }
}

class BullQueueSystem implements QueueSystem {
  private readonly queues = new Map<string, JobQueue<unknown>>();
  private readonly workers = new Set<QueueWorker>();
  private readonly metrics: QueueMetrics;
  private readonly errorLoggedAt = new Map<string, number>();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly store: QueueBackend,
    private readonly turns: Pool,
    private readonly prefix: string,
    private readonly options: QueueSystemOptions,
  ) {
    this.metrics = createQueueMetrics(options.metrics, () => this.readCounts());
  }

  get backend(): 'postgres' | 'redis' {
    return this.store.kind;
  }

  queue<T>(name: string): Queue<T> {
    const known = this.queues.get(name);
    if (known) return known as JobQueue<T>;
    const queue = new JobQueue<unknown>(name, {
      createProducer: () => this.store.createProducer(this.storedName(name)),
      onError: (error) => this.logStoreError(name, error),
      onAdded: (count) => this.metrics.added(name, count),
      faults: this.options.faults ?? { dropRate: 0, repeatRate: 0 },
    });
    this.queues.set(name, queue);
    return queue as JobQueue<T>;
  }

  worker<T>(
    name: string,
    { concurrency }: { readonly concurrency: number },
    handler: (data: T, job: { readonly id: string; readonly signal: AbortSignal }) => Promise<void>,
  ): QueueWorker {
    return this.track(
      new JobWorker(name, {
        createConsumer: (processor) => this.store.createConsumer(this.storedName(name), concurrency, processor),
        consumerClosed: () => this.store.consumerClosed(),
        isStoreAway: () => this.store.isAway(),
        handler: (data, job) => handler(data as T, job),
        onError: (error) => this.logStoreError(name, error),
        onFinished: (outcome, seconds) => this.metrics.finished(name, outcome, seconds),
        logger: this.options.logger,
      }),
    );
  }

  repeat(name: string, everyMs: number, task: () => Promise<void>): QueueWorker {
    // Each holds a connection while its task runs.
    this.turns.options.max += 1;
    return this.track(new Repeat(`${this.prefix}:${name}`, everyMs, task, this.turns, this.options.logger));
  }

  async check(): Promise<void> {
    await withDeadline('check', CHECK_DEADLINE_MS, this.store.ping());
  }

  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.stop()));
    const closed = Promise.all([...this.queues.values()].map((queue) => queue.close()))
      .then(() => Promise.all([this.store.close(), this.turns.end()]))
      .catch((error: unknown) => this.options.logger.warn({ err: error }, 'the queue could not be closed'));
    if (!(await endsWithin(CLOSE_DEADLINE_MS, closed))) this.options.logger.warn('the queue is still closing');
  }

  /** Stopped ones are forgotten, so that short-lived workers do not add up. */
  private track(worker: QueueWorker): QueueWorker {
    this.workers.add(worker);
    return {
      stop: async (deadlineMs) => {
        await worker.stop(deadlineMs);
        this.workers.delete(worker);
      },
    };
  }

  private async readCounts(): Promise<Map<string, Awaited<ReturnType<Queue<unknown>['counts']>>>> {
    const counts = new Map<string, Awaited<ReturnType<Queue<unknown>['counts']>>>();
    await Promise.all(
      [...this.queues].map(async ([name, queue]) => {
        const known = await queue.counts().catch(() => null);
        if (known) counts.set(name, known);
      }),
    );
    return counts;
  }

  /** Redis has a prefix of its own; in PostgreSQL it is a part of the name. */
  private storedName(name: string): string {
    return this.store.kind === 'redis' ? name : `${this.prefix}.${name}`;
  }

  private logStoreError(queue: string, error: Error): void {
    const now = Date.now();
    if (now - (this.errorLoggedAt.get(queue) ?? 0) < ERROR_LOG_EVERY_MS) return;
    this.errorLoggedAt.set(queue, now);
    this.options.logger.warn({ err: error, queue }, 'the queue had an error and goes on');
  }
}
