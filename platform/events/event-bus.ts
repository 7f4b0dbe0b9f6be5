import type { Registry } from 'prom-client';
import type { Logger } from '../logging/index.ts';
import { gaugeOf } from './event-metrics.ts';
import { subscriberCount } from './live-feeds.ts';
import { PostgresBus } from './postgres-bus.ts';
import { RedisBus } from './redis-bus.ts';
import type { EventBus } from './types.ts';

export interface EventBusOptions {
  /** With an address the bus is a Redis stream, without one a table of the platform database. */
  readonly redisUrl: string | null;
  readonly platformDatabaseUrl: string;
  readonly logger: Logger;
  readonly metrics?: Registry | undefined;
  /** In front of the keys in Redis; installations that share a server need different ones. */
  readonly prefix?: string | undefined;
}

/** Connects the bus of this process; rejects, naming the server but not the password, when it cannot be reached. */
export async function createEventBus(options: EventBusOptions): Promise<EventBus> {
  const { redisUrl, platformDatabaseUrl, logger, metrics, prefix = 'flowmesh' } = options;
  const url = redisUrl ?? platformDatabaseUrl;
  try {
    const bus =
      redisUrl === null
        ? await PostgresBus.open({ url, logger, metrics })
        : await RedisBus.open({ url, logger, metrics, prefix });
    gaugeOf(metrics, 'events_subscribers', 'Live subscriptions to events in this process.', () => subscriberCount(bus));
    return bus;
  } catch (error) {
    const { protocol, host, pathname } = new URL(url);
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new Error(`The event bus cannot be used at ${protocol}//${host}${pathname}: ${reason}`, { cause: error });
  }
}
