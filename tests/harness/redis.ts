import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { Redis } from 'ioredis';
import { freePort } from './ports.ts';
import { testRedisUrl } from './test-config.ts';
import { until } from '@flowmesh/platform/testing';

export interface TestRedis {
  readonly url: string;
  /** Forgets everything, as FLUSHALL does. */
  flush(): Promise<void>;
  /** Ends and begins again under the same address, with nothing kept; one that is borrowed only breaks its connections. */
  restart(): Promise<void>;
  /** Answers nothing, and keeps its connections, until `thaw`. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether tests on Redis can run on this machine. */
export function redisIsAvailable(): boolean {
  return testRedisUrl() !== null || spawnSync('redis-server', ['--version']).status === 0;
}

/** A Redis of one's own where the program is installed, else a database of the one in TEST_REDIS_URL. */
export async function startRedis(): Promise<TestRedis> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return borrowRedis();
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let running = await begin(port, url);
  const end = async () => {
    running.kill('SIGTERM');
    await new Promise((resolve) => (running.exitCode === null ? running.once('exit', resolve) : resolve(null)));
  };
  return {
    url,
    flush: async () => void (await command(url, (redis) => redis.flushall())),
    restart: async () => {
      await end();
      running = await begin(port, url);
    },
    freeze: async () => void running.kill('SIGSTOP'),
    thaw: async () => void running.kill('SIGCONT'),
    stop: end,
  };
}

async function begin(port: number, url: string): Promise<ChildProcess> {
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
  const child = spawn('redis-server', ['--port', String(port), ...settings], { stdio: 'ignore' });
  await until('redis answers', () => command(url, (redis) => redis.ping()));
  return child;
}

function borrowRedis(): TestRedis {
  const given = testRedisUrl();
  if (!given) throw new Error('Tests on Redis need the program redis-server, or TEST_REDIS_URL.');
  const url = `${given.replace(/\/\d*$/, '')}/${Math.floor(Math.random() * 16)}`;
  const flush = async () => void (await command(url, (redis) => redis.flushdb()));
  const restart = async () => void (await command(url, (redis) => redis.client('KILL', 'TYPE', 'normal')));
  const freeze = async () => void (await command(url, (redis) => redis.client('PAUSE', 60_000)));
  const thaw = async () => void (await command(url, (redis) => redis.client('UNPAUSE')));
  return { url, flush, restart, freeze, thaw, stop: flush };
}

async function command<T>(url: string, run: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await run(redis);
  } finally {
    redis.disconnect();
  }
}
