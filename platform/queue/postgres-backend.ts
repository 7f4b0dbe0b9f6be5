import { createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import type { Pool } from 'pg';
import { checkDatabase, createPool } from '../database/index.ts';
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

/** BullMQ's own; it checks for its tables there. */
const SCHEMA = 'bullmq';
/** Connections for short statements, besides the one that every worker holds for good. */
const WORKING_CONNECTIONS = 10;

const { Queue, Worker } = withBackend(createPostgresBackend);

/** Jobs in the platform database. */
export class PostgresQueueBackend implements QueueBackend {
  readonly kind = 'postgres';

  private constructor(private readonly pool: Pool) {}

  /** Connects and brings BullMQ's tables up to date; several processes may do so at once. */
  static async open(url: string, logger: Logger): Promise<PostgresQueueBackend> {
    const pool = createPool(url, {
      max: WORKING_CONNECTIONS,
      applicationName: 'flowmesh-queue',
      settings: { search_path: SCHEMA },
      logger,
    });
    // Each queue and worker listens for its errors.
    pool.setMaxListeners(0);
    try {
      const client = await pool.connect();
      // It takes an advisory lock and works in one transaction.
      await runMigrations(client, SCHEMA).finally(() => client.release());
    } catch (error) {
      await pool.end();
      throw error;
    }
    return new PostgresQueueBackend(pool);
  }

  createProducer(name: string): JobProducer {
    return new Queue<JobEnvelope>(name, { connection: this.pool, ...PRODUCER_OPTIONS });
  }

  createConsumer(name: string, concurrency: number, processor: JobProcessor): JobConsumer {
    // With fewer connections than holders, all would wait for each other.
    this.pool.options.max += 1;
    return new Worker<JobEnvelope>(name, processor, { connection: this.pool, concurrency, ...CONSUMER_OPTIONS });
  }

  consumerClosed(): void {
    this.pool.options.max -= 1;
  }

  isAway(): boolean {
    return false;
  }

  ping(): Promise<void> {
    return checkDatabase(this.pool);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
