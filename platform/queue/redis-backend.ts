import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from '../logging/index.ts';
import {
  CONSUMER_OPTIONS,
  PRODUCER_OPTIONS,
  type JobConsumer,
  type JobEnvelope,
  type JobProcessor,
  type JobProducer,
  type QueueBackend,
} from './backend.ts';
import { withDeadline } from './deadline.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const reconnectAfterMs = (attempt: number): number => Math.min(attempt * 100, 1_000);

/** Jobs in Redis. Loses them when Redis does: whoever adds jobs can add them again. */
export class RedisQueueBackend implements QueueBackend {
  readonly kind = 'redis';

  private constructor(
    private readonly prefix: string,
    /** Gives up on a command soon: a lost hint is better than a caller that waits. */
    private readonly producing: Redis,
    /** Keeps commands until Redis is back: a worker has nothing else to do. */
    private readonly consuming: Redis,
  ) {}

  static async open(url: string, prefix: string, logger: Logger): Promise<RedisQueueBackend> {
    const common = { connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy: reconnectAfterMs, lazyConnect: true };
    const producing = new Redis(url, { ...common, maxRetriesPerRequest: 1 });
    const consuming = new Redis(url, { ...common, maxRetriesPerRequest: null });
    for (const connection of [producing, consuming]) {
      // Each queue and worker listens for its events.
      connection.setMaxListeners(0);
      connection.on('error', (error) => logger.debug({ err: error }, 'connection of the queue to Redis'));
    }
    try {
      const connecting = Promise.all([producing.connect(), consuming.connect()]);
      await withDeadline('connecting to Redis', CONNECT_TIMEOUT_MS, connecting);
    } catch (error) {
      producing.disconnect();
      consuming.disconnect();
      throw error;
    }
    return new RedisQueueBackend(prefix, producing, consuming);
  }

  createProducer(name: string): JobProducer {
    return new Queue<JobEnvelope>(name, { connection: this.producing, prefix: this.prefix, ...PRODUCER_OPTIONS });
  }

  createConsumer(name: string, concurrency: number, processor: JobProcessor): JobConsumer {
    return new Worker<JobEnvelope>(name, processor, {
      connection: this.consuming,
      prefix: this.prefix,
      concurrency,
      ...CONSUMER_OPTIONS,
    });
  }

  consumerClosed(): void {
    // Nothing is held for it.
  }

  isAway(): boolean {
    return this.consuming.status !== 'ready';
  }

  async ping(): Promise<void> {
    // A Redis that is full, or stands by, answers a ping all the same.
    await this.producing.set(`${this.prefix}:ready`, 1, 'PX', 10_000);
  }

  close(): Promise<void> {
    this.producing.disconnect();
    this.consuming.disconnect();
    return Promise.resolve();
  }
}
