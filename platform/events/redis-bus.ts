import { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import type { Logger } from '../logging/index.ts';
import type { ConsumerSource } from './consumer.ts';
import { Consumers } from './consumers.ts';
import { encodeEvent } from './event-json.ts';
import { gaugeOf } from './event-metrics.ts';
import { Listeners } from './listeners.ts';
import { PUBLISH } from './redis-bus-scripts.ts';
import { redisConsumerSource } from './redis-consumer-source.ts';
import { keysOf, type RedisKeys } from './redis-keys.ts';
import { RedisStreamReader } from './redis-stream-reader.ts';
import type { EventBus, StoredEvent } from './types.ts';

export interface RedisBusOptions {
  readonly url: string;
  readonly logger: Logger;
  readonly metrics?: Registry | undefined;
  /** In front of every key, so that installations can share a server. */
  readonly prefix: string;
}

/** About this many events are kept for consumers that are behind, and as many ids against repeats. */
const MAX_LENGTH = 100_000;
const COMMAND_TIMEOUT_MS = 5_000;

/** The bus in one Redis stream: one connection for commands, one that waits for what is new. */
export class RedisBus implements EventBus {
  private readonly listeners: Listeners;
  private readonly consumers: Consumers;
  private readonly source: ConsumerSource;
  private readonly reader: RedisStreamReader;
  private readonly keys: RedisKeys;
  private closed = false;

  static async open(options: RedisBusOptions): Promise<RedisBus> {
    const redis = new Redis(options.url, {
      lazyConnect: true,
      connectTimeout: COMMAND_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      // A command while Redis is away fails at once; whoever gave it tries again.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 2_000),
    });
    redis.on('error', (error: Error) => options.logger.debug({ err: error }, 'event bus: Redis'));
    const bus = new RedisBus(redis, options);
    try {
      await redis.connect();
      await bus.reader.start();
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    bus.measure();
    return bus;
  }

  private constructor(
    private readonly redis: Redis,
    private readonly options: RedisBusOptions,
  ) {
    this.keys = keysOf(options.prefix);
    this.listeners = new Listeners(options.logger);
    this.consumers = new Consumers();
    this.source = redisConsumerSource(redis, this.keys);
    this.reader = new RedisStreamReader({
      redis,
      stream: this.keys.stream,
      logger: options.logger,
      onEvents: (events) => {
        this.consumers.wake();
        for (const event of events) this.listeners.tell(event);
      },
    });
  }

  private measure(): void {
    const { metrics } = this.options;
    this.consumers.measure(metrics);
    gaugeOf(metrics, 'events_listeners', 'Listeners on the event bus in this process.', () => this.listeners.size);
  }

  async publish(events: readonly StoredEvent[]): Promise<void> {
    if (events.length === 0) return;
    const { stream, seen, counter } = this.keys;
    const entries = events.flatMap((event) => [event.id, encodeEvent(event)]);
    await this.redis.eval(PUBLISH, 3, stream, seen, counter, MAX_LENGTH, MAX_LENGTH, ...entries);
  }

  listen(handler: (event: StoredEvent) => void): () => void {
    return this.listeners.add(handler);
  }

  consume(
    group: string,
    types: readonly string[],
    handler: (event: StoredEvent) => Promise<void>,
  ): Promise<{ stop(): Promise<void> }> {
    const { logger } = this.options;
    return Promise.resolve(this.consumers.start({ group, types, handler, source: this.source, logger }));
  }

  behindSeconds(group: string): Promise<number> {
    return this.consumers.behindSeconds(group);
  }

  async check(): Promise<void> {
    await this.redis.ping();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.listeners.clear();
    await this.consumers.stop();
    await this.reader.stop();
    this.redis.disconnect();
  }
}
