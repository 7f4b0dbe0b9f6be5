import type { Logger } from '@flowmesh/platform/logging';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { GENEROSITY, type AttemptKind, type Counter, type ThrottleLimits } from './throttle-rules.ts';

/** The rate limiter of one kind of attempt, shared by all processes. */
export type CounterOf = (kind: AttemptKind, counter: Counter) => RateLimiterAbstract;

export interface CounterOptions {
  readonly pool: Pool;
  /** Null: counters are in the database. */
  readonly redisUrl: string | null;
  /** Separates installations that share a Redis. */
  readonly prefix: string;
  readonly limits: ThrottleLimits;
  readonly logger: Logger;
}

export interface Counters {
  readonly counterOf: CounterOf;
  /** Connects to Redis, if there is one. */
  start(): void;
  /** Removes counters whose window ended at least an hour ago from the database. */
  removeExpired(): Promise<void>;
  stop(): void;
}

const TABLE = 'rate_limits';
const EXPIRED_MS = 3_600_000;
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Counters that survive a restart: in Redis if there is one, and in the database if there is none or it does not
 * answer, so that limits also hold while Redis is down.
 */
export function openCounters(options: CounterOptions): Counters {
  const { pool, redisUrl, prefix, limits, logger } = options;
  const redis = redisUrl === null ? null : redisClient(redisUrl, logger);
  const counters = new Map<string, RateLimiterAbstract>();

  const open = (kind: AttemptKind, counter: Counter): RateLimiterAbstract => {
    const common = {
      points: (counter === 'address' ? limits.perAddress : limits.perAccount) * (GENEROSITY[kind] ?? 1),
      duration: limits.windowSeconds,
      keyPrefix: `${kind}:${counter}`,
    };
    const inDatabase = new RateLimiterPostgres({
      ...common,
      storeClient: pool,
      storeType: 'pool',
      tableName: TABLE,
      tableCreated: true,
      // The worker of auth removes them, with other expired rows.
      clearExpiredByTimeout: false,
    });
    if (!redis) return inDatabase;
    return new RateLimiterRedis({
      ...common,
      keyPrefix: `${prefix}:throttle:${common.keyPrefix}`,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: inDatabase,
    });
  };

  return {
    counterOf: (kind, counter) => {
      const name = `${kind}:${counter}`;
      const known = counters.get(name) ?? open(kind, counter);
      counters.set(name, known);
      return known;
    },
    removeExpired: async () => {
      await pool.query(`delete from ${TABLE} where expire < $1`, [Date.now() - EXPIRED_MS]);
    },
    // A failure is reported as an event, and the connection is retried.
    start: () => void redis?.connect().catch(() => undefined),
    stop: () => redis?.disconnect(),
  };
}

function redisClient(url: string, logger: Logger): Redis {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: CONNECT_TIMEOUT_MS, maxRetriesPerRequest: 1 });
  redis.on('error', (error) => logger.debug({ err: error }, 'connection of the throttle to Redis'));
  return redis;
}
