import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { createDatabases, createPool, inTransaction, startEmbeddedPostgres, withDatabase } from '../database/index.ts';
import { createLogger } from '../logging/index.ts';
import { appendEvents } from './append-events.ts';
import { testRedisUrl } from './event-test-config.ts';
import type { NewEvent } from './types.ts';

export const silent = createLogger({ level: 'silent', name: 'test' });

const OUTBOX = `
  create table outbox_events (
    id bigserial primary key,
    transaction_id xid8 not null default pg_current_xact_id(),
    type text not null,
    version integer not null,
    stream text not null,
    stream_seq integer,
    owner_id text not null,
    payload jsonb not null,
    request_id text,
    occurred_at timestamptz(3) not null default clock_timestamp(),
    unique (stream, stream_seq)
  );
  create index on outbox_events (transaction_id, id);
  create table outbox_positions (name text primary key, position text not null);`;

export interface TestServer {
  /** A new, empty database. */
  database(): Promise<string>;
  /** A new database with an outbox, and a pool on it that ends with the server. */
  domain(max?: number): Promise<Pool>;
  stop(): Promise<void>;
}

/**
 * A server of its own rather than the one of the run: a position becomes readable when no older transaction is open, and
 * those of all databases of a server count.
 */
export async function startTestServer(): Promise<TestServer> {
  const root = await mkdtemp(join(tmpdir(), 'flowmesh-events-'));
  const server = await startEmbeddedPostgres({ dataDir: join(root, 'data'), logger: silent, durable: false });
  const pools: Pool[] = [];
  let count = 0;
  const database = async () => {
    count += 1;
    await createDatabases(server.url, [`events_${count}`]);
    return withDatabase(server.url, `events_${count}`);
  };
  return {
    database,
    async domain(max = 5) {
      const pool = createPool(await database(), { max, applicationName: 'test' });
      pools.push(pool);
      await pool.query(OUTBOX);
      return pool;
    },
    async stop() {
      await Promise.all(pools.map((pool) => pool.end()));
      await server.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;
export const redisIsAvailable = hasRedisServer || testRedisUrl() !== null;

export interface TestRedis {
  readonly url: string;
  command(name: string, ...args: string[]): Promise<unknown>;
  flush(): Promise<void>;
  /** Breaks all connections but its own. */
  breakConnections(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of one's own where the program is installed, else the one given. */
export async function startTestRedis(): Promise<TestRedis> {
  const port = await freePort();
  const child = hasRedisServer
    ? spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' })
    : undefined;
  const url = child ? `redis://127.0.0.1:${port}` : (testRedisUrl() ?? '');
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.ping();
  return {
    url,
    command: (name, ...args) => redis.call(name, ...args),
    flush: async () => void (await redis.flushall()),
    breakConnections: async () => void (await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
    async stop() {
      redis.disconnect();
      if (!child) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export function event(overrides: Partial<NewEvent> = {}): NewEvent {
  return { type: 'thing.changed', version: 1, stream: 'thing:1', ownerId: 'owner', payload: {}, ...overrides };
}

/** Commits events in one transaction of their own. */
export const append = (pool: Pool, ...events: NewEvent[]): Promise<void> =>
  inTransaction(pool, (client) => appendEvents(client, events));
