import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { GuardedConnect } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { Redis, type RedisOptions } from 'ioredis';
import type { Settings } from '../integration-client.ts';
import type { RedisConfiguration } from './redis-configuration.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** How `ioredis` gets its connection: over a socket that was opened by the rules for addresses. */
function connectorOf(connect: GuardedConnect, { host, port, tls }: RedisConfiguration): RedisOptions['Connector'] {
  return class {
    connecting = false;
    private stream: Socket | TLSSocket | undefined;

    check(): boolean {
      return true;
    }

    disconnect(): void {
      this.connecting = false;
      this.stream?.destroy();
    }

    async connect(): Promise<Socket | TLSSocket> {
      this.connecting = true;
      const socket = await connect({ host, port, timeoutMs: CONNECT_TIMEOUT_MS });
      this.stream = socket;
      if (tls === 'OFF') return socket;
      const name = isIP(host) === 0 ? { servername: host } : {};
      const secure = connectTls({ socket, rejectUnauthorized: tls === 'VERIFIED', ...name });
      this.stream = secure;
      await once(secure, 'secureConnect');
      return secure;
    }
  } as unknown as RedisOptions['Connector'];
}

const runIdOf = async (redis: Redis): Promise<string | undefined> =>
  /^run_id:(\S+)/m.exec(await redis.info('server'))?.[1];

/** Tells the Redis of the product from all others; `null` when the product has none. */
export class ProductRedis {
  private known: Promise<string | undefined> | undefined;

  constructor(private readonly url: string | null) {}

  async refuse(redis: Redis): Promise<void> {
    if (this.url === null) return;
    this.known ??= this.runId(this.url).finally(() => (this.known = undefined));
    const [ours, theirs] = await Promise.all([this.known, runIdOf(redis)]);
    if (ours !== theirs) return;
    const message = 'This is the Redis of the product itself, which integrations cannot reach.';
    throw new CallError('BLOCKED_ADDRESS', message, { retryable: false, fault: false });
  }

  private async runId(url: string): Promise<string | undefined> {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: CONNECT_TIMEOUT_MS });
    redis.on('error', () => undefined);
    try {
      return await runIdOf(redis);
    } finally {
      redis.disconnect();
    }
  }
}

/** An answer of the server that says no. */
const isReply = (error: unknown): boolean => (error as Error | undefined)?.name === 'ReplyError';

/** One connection, which calls share. It is not opened again by itself. */
export async function openRedis(
  connect: GuardedConnect,
  { configuration, credentials }: Settings<RedisConfiguration>,
  product: ProductRedis,
): Promise<Redis> {
  const { user, database } = configuration;
  const { password } = credentials;
  const redis = new Redis({
    Connector: connectorOf(connect, configuration),
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disableClientInfo: true,
  });
  let broken: Error | undefined;
  redis.on('error', (error: Error) => (broken ??= error));
  try {
    await redis.connect();
    // By hand: `ioredis` itself takes a refused login for a lost connection, and prints warnings.
    if (password !== undefined) await redis.call('auth', ...(user === undefined ? [] : [user]), password);
    if (database !== 0) await redis.select(database);
    await product.refuse(redis);
    return redis;
  } catch (error) {
    redis.disconnect();
    // The promise says only that the connection was closed.
    throw error instanceof CallError || isReply(error) ? error : (broken ?? error);
  }
}
