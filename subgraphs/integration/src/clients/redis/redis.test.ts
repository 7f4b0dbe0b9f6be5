import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { startLine } from '../../testing/line.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';
import { freePort, startRedisServer, type RedisServer } from '../../testing/redis-server.ts';

const owner = userOf('owner');
const PASSWORD = 'open sesame';
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let server: RedisServer;
let product: RedisServer;

beforeAll(async () => {
  server = await startRedisServer(PASSWORD);
  product = await startRedisServer(PASSWORD);
  const env = { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1', REDIS_URL: `${product.url}/1` };
  integrations = await prepareIntegrations({ env });
  one = await integrations.process();
}, 60_000);
afterAll(async () => {
  await integrations.stop();
  await server.stop();
  await product.stop();
}, 30_000);

const settings = (configuration: object = {}, password = PASSWORD) => ({
  type: 'REDIS',
  configuration: { host: '127.0.0.1', port: server.port, tls: 'OFF', ...configuration },
  credentials: { password },
  policy: { retry: { maxAttempts: 1 } },
});
const register = (...given: Parameters<typeof settings>) => registered(one, owner, settings(...given));
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
  expect(await output(id, 'ttl', { key: 'n' })).toEqual({ exists: true, ttlSeconds: null });
  expect(await output(id, 'expire', { key: 'b', ttlSeconds: 1 })).toEqual({ set: false });
  expect(await output(id, 'scan', {})).toEqual({ keys: ['a', 'n'], truncated: false });
  expect(await output(id, 'delete', { keys: ['a', 'b', 'n'] })).toEqual({ deleted: 2 });
  expect((await invoke(id, 'set', { key: 'x' })).fields).toEqual([
    { path: 'input.value', message: expect.any(String) },
  ]);
});

test('fields of hashes are set, read and removed; messages reach those who listen', async () => {
  const id = await register({ keyPrefix: 'of:' });
  expect(await output(id, 'setFields', { key: 'h', fields: { a: '1', b: '2' } })).toEqual({ added: 2 });
  expect(await output(id, 'setFields', { key: 'h', fields: { a: '3' } })).toEqual({ added: 0 });
  expect((await invoke(id, 'setFields', { key: 'h', fields: {} })).fields).toEqual([
    { path: 'input.fields', message: expect.stringContaining('1') },
  ]);
  expect(await output(id, 'getField', { key: 'h', field: 'a' })).toEqual({ value: '3' });
  expect(await output(id, 'getField', { key: 'h', field: 'c' })).toEqual({ value: null });
  expect(await output(id, 'deleteFields', { key: 'h', fields: ['a', 'c'] })).toEqual({ deleted: 1 });
  expect(await output(id, 'publish', { channel: 'news', message: 'hello' })).toEqual({ receivers: 0 });
  await server.direct(async (redis) => {
    const heard = new Promise((resolve) => redis.once('message', (...told: unknown[]) => resolve(told)));
    await redis.subscribe('of:news');
    expect(await output(id, 'publish', { channel: 'news', message: 'hello' })).toEqual({ receivers: 1 });
    expect(await heard).toEqual(['of:news', 'hello']);
  });
  expect(await output(id, 'delete', { keys: ['h'] })).toEqual({ deleted: 1 });
});

test('there are no other operations, and no scripts', async () => {
  const id = await register();
  for (const operation of ['eval', 'EVAL', 'flushall', 'config', 'constructor', 'ping']) {
    expect(await invoke(id, operation, { key: 'a' })).toMatchObject({ fields: [{ path: 'operation' }] });
  }
});

test('a prefix keeps calls to the keys below it', async () => {
  const [all, some] = [await register(), await register({ keyPrefix: 'some*:' })];
  await output(some, 'set', { key: 'k', value: 'v' });
  await output(all, 'set', { key: 'k', value: 'other' });
  expect(await output(all, 'scan', {})).toEqual({ keys: ['k', 'some*:k'], truncated: false });
  expect(await output(some, 'scan', { limit: 1 })).toEqual({ keys: ['k'], truncated: false });
  expect(await output(some, 'delete', { keys: ['k'] })).toEqual({ deleted: 1 });
  expect(await output(all, 'get', { key: 'k' })).toEqual({ value: 'other' });
  expect(await output(await register({ database: 3 }), 'get', { key: 'k' })).toEqual({ value: null });
});

test('what is refused, what is too large, and what is away', async () => {
  const id = await register();
  await output(id, 'set', { key: 'text', value: 'no number' });
  expect(await invoke(id, 'increment', { key: 'text' })).toMatchObject({ code: 'COMMAND', retryable: false });
  await server.direct((redis) => redis.set('large', 'x'.repeat(1_100_000)));
  expect(await invoke(id, 'get', { key: 'large' })).toMatchObject({ code: 'TOO_LARGE', retryable: false });
  const wrong = await register({}, 'not the password');
  expect(await invoke(wrong, 'get', { key: 'a' })).toMatchObject({ code: 'AUTHENTICATION', retryable: false });
  const away = await register({ port: await freePort() });
  expect(await invoke(away, 'get', { key: 'a' })).toMatchObject({ code: 'CONNECTION', retryable: true });
  const inside = settings({ host: '10.0.0.1' });
  expect(await mutate(one, owner, 'registerIntegration', { name: 'inside', ...inside })).toMatchObject({
    fields: [
      {
        path: 'configuration.host',
        message: 'leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow',
      },
    ],
  });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
});

test('the Redis of the product is out of reach, under its own address and under others', async () => {
  const own = settings({ port: product.port });
  expect(await mutate(one, owner, 'registerIntegration', { name: 'own', ...own })).toMatchObject({
    fields: [{ path: 'configuration.host', message: expect.stringContaining('the product itself') }],
  });
  // Another spelling of the address.
  const id = await register({ port: product.port, host: '::ffff:127.0.0.1' });
  expect(await invoke(id, 'get', { key: 'a' })).toMatchObject({ code: 'BLOCKED_ADDRESS', retryable: false });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { code: 'BLOCKED_ADDRESS' } });
  const line = await startLine(product.port);
  try {
    const message = expect.stringContaining('the Redis of the product itself');
    expect(await invoke(await register({ port: line.port }), 'get', { key: 'a' })).toMatchObject({
      ...{ code: 'BLOCKED_ADDRESS', retryable: false, message },
    });
  } finally {
    await line.stop();
  }
});

test('a replica of the Redis of the product is out of reach too', async () => {
  const replica = await startRedisServer(PASSWORD, [
    ...['--replicaof', '127.0.0.1', String(product.port), '--masterauth', PASSWORD],
  ]);
  try {
    const id = await register({ port: replica.port });
    await replica.direct(async (redis) => {
      while (!(await redis.info('replication')).includes('master_link_status:up')) await redis.ping();
    });
    expect(await invoke(id, 'get', { key: 'a' })).toMatchObject({ code: 'BLOCKED_ADDRESS' });
  } finally {
    await replica.stop();
  }
}, 30_000);
