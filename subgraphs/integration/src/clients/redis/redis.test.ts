import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createAddressRules, createGuardedConnect } from '@flowmesh/platform/http';
import { until } from '@flowmesh/platform/testing';
import { Redis } from 'ioredis';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';
import { ProductRedis } from './guarded-redis.ts';
import { createRedisClient } from './redis-client.ts';

const onRedis = spawnSync('redis-server', ['--version']).status === 0 ? describe : describe.skip;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

onRedis('a server of Redis', () => {
  const owner = userOf('owner');
  let integrations: IntegrationUnderTest;
  let one: IntegrationProcess;
  let server: ChildProcess;
  let port: number;

  beforeAll(async () => {
    integrations = await prepareIntegrations();
    one = await integrations.process();
    port = await freePort();
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', 'open sesame'];
    server = spawn('redis-server', options, { stdio: 'ignore' });
    const redis = new Redis({ port, password: 'open sesame' });
    redis.on('error', () => undefined);
    await until('it answers', () => redis.ping());
    redis.disconnect();
  }, 60_000);
  afterAll(async () => {
    await integrations.stop();
    server.kill();
    await once(server, 'exit');
  }, 30_000);

  const register = (configuration: object = {}, password = 'open sesame') =>
    registered(one, owner, {
      type: 'REDIS',
      configuration: { host: '127.0.0.1', port, tls: 'OFF', ...configuration },
      credentials: { password },
      policy: { retry: { maxAttempts: 1 } },
    });
  const invoke = (id: string, operation: string, input: object): Promise<Result> =>
    mutate(one, owner, 'invokeIntegration', { id, operation, input });
  const output = async (id: string, operation: string, input: object) => (await invoke(id, operation, input)).output;

  test('texts are set, read, counted, listed and removed, with times to live', async () => {
    const id = await register();
    expect(await output(id, 'get', { key: 'a' })).toEqual({ value: null });
    expect(await output(id, 'set', { key: 'a', value: 'é "1"', ttlSeconds: 100 })).toEqual({ set: true });
    expect(await output(id, 'set', { key: 'a', value: '2', onlyIfAbsent: true })).toEqual({ set: false });
    expect(await output(id, 'get', { key: 'a' })).toEqual({ value: 'é "1"' });
    expect(await output(id, 'ttl', { key: 'a' })).toEqual({ exists: true, ttlSeconds: expect.any(Number) });
    expect(await output(id, 'ttl', { key: 'b' })).toEqual({ exists: false, ttlSeconds: null });
    expect(await output(id, 'increment', { key: 'n', by: 5 })).toEqual({ value: 5 });
    expect(await output(id, 'increment', { key: 'n' })).toEqual({ value: 6 });
    expect(await output(id, 'expire', { key: 'b', ttlSeconds: 1 })).toEqual({ set: false });
    expect(await output(id, 'scan', {})).toEqual({ keys: ['a', 'n'], truncated: false });
    expect(await output(id, 'delete', { keys: ['a', 'b', 'n'] })).toEqual({ deleted: 2 });
    expect((await invoke(id, 'set', { key: 'x' })).fields).toEqual([
      { path: 'input.value', message: expect.any(String) },
    ]);
  });

  test('a prefix keeps calls to the keys below it', async () => {
    const [all, some] = [await register(), await register({ keyPrefix: 'some*:' })];
    await output(some, 'set', { key: 'k', value: 'v' });
    await output(all, 'set', { key: 'k', value: 'other' });
    expect(await output(all, 'scan', {})).toEqual({ keys: ['k', 'some*:k'], truncated: false });
    expect(await output(some, 'scan', { limit: 1 })).toEqual({ keys: ['k'], truncated: false });
    expect(await output(some, 'delete', { keys: ['k'] })).toEqual({ deleted: 1 });
    expect(await output(all, 'get', { key: 'k' })).toEqual({ value: 'other' });
  });

  test('what is refused, what is too large, and what is away', async () => {
    const id = await register();
    await output(id, 'set', { key: 'text', value: 'no number' });
    expect(await invoke(id, 'increment', { key: 'text' })).toMatchObject({ code: 'COMMAND', retryable: false });
    const direct = new Redis({ port, password: 'open sesame' });
    await direct.set('large', 'x'.repeat(1_100_000));
    direct.disconnect();
    expect(await invoke(id, 'get', { key: 'large' })).toMatchObject({ code: 'TOO_LARGE' });
    const wrong = await register({}, 'not the password');
    expect(await invoke(wrong, 'get', { key: 'a' })).toMatchObject({ code: 'AUTHENTICATION', retryable: false });
    const away = await register({ port: await freePort() });
    expect(await invoke(away, 'get', { key: 'a' })).toMatchObject({ code: 'CONNECTION', retryable: true });
    const inside = await register({ host: '10.0.0.1' });
    expect(await invoke(inside, 'get', { key: 'a' })).toMatchObject({ code: 'BLOCKED_ADDRESS', retryable: false });
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
  });

  test('the Redis of the product is out of reach', async () => {
    const product = new ProductRedis(`redis://:${encodeURIComponent('open sesame')}@127.0.0.1:${port}/1`);
    const connect = createGuardedConnect({ rules: createAddressRules(['127.0.0.1']) });
    const client = createRedisClient(connect, product);
    const configuration = { host: '127.0.0.1', port, database: 0, user: undefined, tls: 'OFF' as const, keyPrefix: '' };
    const settings = { configuration, credentials: { password: 'open sesame' } };
    await expect(client.test(settings, AbortSignal.timeout(10_000))).rejects.toMatchObject({ code: 'BLOCKED_ADDRESS' });
    await client.close?.();
  });
});
