import { GuardedHttpError, type GuardedConnect } from '@flowmesh/platform/http';
import { requestDigest } from '@flowmesh/platform/idempotency';
import { CallError } from '@flowmesh/platform/resilience';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { IntegrationClient, Settings } from '../integration-client.ts';
import { openRedis, type ProductRedis } from './guarded-redis.ts';
import { redisConfiguration, type RedisConfiguration } from './redis-configuration.ts';
import { REDIS_OPERATIONS } from './redis-operations.ts';

const MAX_CONNECTIONS = 100;

/** Replies of a server that cannot serve, whatever it is asked. */
const SERVER_IN_TROUBLE = /^(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|OOM|MISCONF|READONLY|TRYAGAIN)/;
const LOGIN = /^(NOAUTH|WRONGPASS|ERR invalid password|ERR Client sent AUTH)/;

/** `repeatable`: doing it twice is like doing it once. */
function redisFailure(error: unknown, repeatable: boolean): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof GuardedHttpError) {
    const away = error.code === 'CONNECTION' || error.code === 'TIMEOUT';
    return new CallError(error.code, error.message, { retryable: away, fault: away, cause: error });
  }
  const { name, message = 'the connection failed' } = (error ?? {}) as { name?: string; message?: string };
  if (LOGIN.test(message)) {
    return new CallError('AUTHENTICATION', `The server answered: ${message}`, { retryable: false, fault: false });
  }
  const fault = name !== 'ReplyError' || SERVER_IN_TROUBLE.test(message);
  const told = name === 'ReplyError' ? `The server answered: ${message}` : `No answer of the server: ${message}`;
  return new CallError(name === 'ReplyError' ? 'COMMAND' : 'CONNECTION', told, {
    retryable: fault && repeatable,
    fault,
  });
}

/** Servers of Redis: keys and texts below a prefix. */
export function createRedisClient(
  connect: GuardedConnect,
  product: ProductRedis,
): IntegrationClient<RedisConfiguration> {
  const connections = new LRUCache<string, Promise<Redis>>({
    max: MAX_CONNECTIONS,
    dispose: (opening) => void opening.then((redis) => redis.disconnect()).catch(() => undefined),
  });

  async function connectionOf(settings: Settings<RedisConfiguration>): Promise<Redis> {
    const key = requestDigest({ ...settings });
    const known = await connections.get(key)?.catch(() => undefined);
    if (known?.status === 'ready') return known;
    const opening = openRedis(connect, settings, product);
    connections.set(key, opening);
    opening.catch(() => connections.delete(key));
    return opening;
  }

  return {
    type: 'REDIS',
    title: 'Redis',
    description: 'A server of Redis or Valkey: keys and texts below a prefix, with times to live.',
    configuration: redisConfiguration,
    credentials: { password: 'Password, where the server asks for one.' },
    operations: REDIS_OPERATIONS,
    problemsOf: () => [],
    wantedCredentials: () => ({ required: [], optional: ['password'] }),
    destination: ({ host, port, user, tls }) => [host.toLowerCase(), port, user, tls],
    sentForms: () => [],

    async test(settings, signal) {
      try {
        signal.throwIfAborted();
        await (await connectionOf(settings)).ping();
      } catch (error) {
        throw redisFailure(error, true);
      }
    },

    async call(settings, { operation, input }, signal) {
      try {
        signal.throwIfAborted();
        const known = REDIS_OPERATIONS.find(({ name }) => name === operation.name);
        return await known?.run(await connectionOf(settings), input, settings.configuration.keyPrefix);
      } catch (error) {
        throw redisFailure(error, operation.repeatable);
      }
    },
    close: async () => connections.clear(),
  };
}
