import { HttpDouble, sendJson, until } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let other: IntegrationProcess;
let service: HttpDouble;
let status = 200;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  other = await integrations.process();
  service = await HttpDouble.start(({ response }) => sendJson(response, {}, status));
}, 60_000);
beforeEach(() => void (status = 200));
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const register = (policy: object = {}) =>
  registered(one, owner, {
    configuration: { baseUrl: service.url },
    operations: [{ name: 'get', method: 'GET', path: '/get' }],
    policy: {
      retry: { maxAttempts: 1 },
      circuitBreaker: { minimumCalls: 3, openSeconds: 600 },
      ...policy,
    },
  });
const invoke = (process: IntegrationProcess, id: string) =>
  mutate(process, owner, 'invokeIntegration', { id, operation: 'get' });

const QUERY = `query Q($id: ID!) { integration(id: $id) {
  health { state consecutiveFailures lastError } circuitBreaker { state retryAt observers { successes failures } } } }`;
interface Shown {
  readonly health: { readonly state: string };
  readonly circuitBreaker: { readonly state: string; readonly retryAt: string | null };
}
const shown = async (id: string) => (await other.ask<{ integration: Shown }>(owner, QUERY, { id })).integration;

interface Change {
  readonly integrationHealthChanged: { readonly integrationId: string | null; readonly cursor: string };
}
const FEED = `subscription S($id: ID, $after: String) { integrationHealthChanged(id: $id, after: $after) {
  cursor integrationId cause healthy circuitState error integration { health { state } } } }`;

test('a test is noted as health, and told when it is other than before', async () => {
  const id = await register();
  const messages = other.messages<Change>(owner, FEED, { id });
  const marker = await messages.next();
  expect(marker.value).toMatchObject({
    integrationHealthChanged: { integrationId: null, cause: null, integration: null },
  });
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true, code: null } });
  expect(await shown(id)).toMatchObject({ health: { state: 'HEALTHY', consecutiveFailures: 0, lastError: null } });
  status = 503;
  for (let at = 0; at < 2; at += 1) {
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({
      test: { succeeded: false, code: 'HTTP_STATUS', message: 'The service answered 503: {}' },
    });
  }
  expect(await shown(id)).toMatchObject({
    health: { state: 'UNHEALTHY', consecutiveFailures: 2, lastError: 'The service answered 503: {}' },
  });
  const told = [(await messages.next()).value, (await messages.next()).value];
  expect(told).toMatchObject([
    { integrationHealthChanged: { integrationId: id, cause: 'CHECK', healthy: true, error: null } },
    { integrationHealthChanged: { cause: 'CHECK', healthy: false, circuitState: 'CLOSED' } },
  ]);
  await messages.return(undefined);
  const again = other.messages<Change>(owner, FEED, { id, after: told[0]?.integrationHealthChanged.cursor });
  expect([(await again.next()).value, (await again.next()).value]).toMatchObject([
    { integrationHealthChanged: { integrationId: null } },
    { integrationHealthChanged: { healthy: false } },
  ]);
  await again.return(undefined);
  const { rows } = await integrations.pool.query(
    `select type from outbox_events where stream = $1 and type like 'integration.d%'`,
    [`integration:${id}`],
  );
  expect(rows).toEqual([{ type: 'integration.degraded' }]);
});

test('faults open the circuit for all processes; a reset closes it for all', async () => {
  const id = await register();
  status = 500;
  for (let at = 0; at < 3; at += 1) expect(await invoke(one, id)).toMatchObject({ code: 'HTTP_STATUS' });
  const before = service.calls.length;
  const message = expect.stringMatching(
    /^Recent calls have failed, so that none is made until .* at \d{4}-.*Z or later\.$/,
  );
  const refused = { code: 'CIRCUIT_OPEN', message, retryAfterSeconds: expect.any(Number) };
  expect(await invoke(one, id)).toMatchObject(refused);
  expect(await invoke(other, id)).toMatchObject(refused);
  expect(service.calls.length).toBe(before);
  expect(await shown(id)).toMatchObject({
    health: { state: 'DEGRADED' },
    circuitBreaker: { state: 'OPEN', retryAt: expect.any(Date), observers: [{ successes: 0, failures: 3 }] },
  });
  status = 200;
  expect(await mutate(other, owner, 'resetCircuitBreaker', { id })).toMatchObject({ changed: true });
  expect(await invoke(other, id)).toMatchObject({ output: {} });
  await until('the first process has heard of it', async () => (await invoke(one, id)).output);
  expect(await shown(id)).toMatchObject({
    health: { state: 'UNKNOWN' },
    circuitBreaker: { state: 'CLOSED', retryAt: null },
  });
});

test('a dependency that flaps: after its time one call is tried, and told live', async () => {
  const id = await register({ circuitBreaker: { minimumCalls: 3, openSeconds: 1 } });
  const messages = other.messages<Change>(owner, FEED, { id });
  await messages.next();
  status = 500;
  for (let at = 0; at < 3; at += 1) await invoke(one, id);
  await until('a call is tried, and fails', async () => (await invoke(other, id)).code === 'HTTP_STATUS');
  status = 200;
  await until('a call is tried, and succeeds', async () => (await invoke(one, id)).output);
  const states = [];
  while (states.at(-1) !== 'CLOSED') {
    const { value } = await messages.next();
    states.push(
      (value as { integrationHealthChanged: { circuitState: string } }).integrationHealthChanged.circuitState,
    );
  }
  await messages.return(undefined);
  expect(states).toEqual(['OPEN', 'HALF_OPEN', 'OPEN', 'HALF_OPEN', 'CLOSED']);
});

test('workers check what is active, again and again', async () => {
  const id = await register();
  const off = await register();
  await mutate(one, owner, 'updateIntegration', { id: off, status: 'INACTIVE' });
  const worker = await integrations.process({ worker: true });
  await until('it was checked', async () => (await shown(id)).health.state === 'HEALTHY');
  await worker.stop();
  expect(await shown(off)).toMatchObject({ health: { state: 'UNKNOWN' } });
});
