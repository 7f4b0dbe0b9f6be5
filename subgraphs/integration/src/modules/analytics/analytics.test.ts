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

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
}, 60_000);
afterAll(() => integrations.stop(), 30_000);

const register = (url: string, policy: object = {}) =>
  registered(one, owner, {
    configuration: { baseUrl: url },
    operations: [{ name: 'get', method: 'GET', path: '/get/{id}' }],
    policy: { retry: { maxAttempts: 2, initialDelayMs: 1 }, ...policy },
  });

const FIGURES = `calls succeeded cached failed refused unknown retries errorRate cacheHitRate errors { code calls }
  latencyMs { p50 p90 p95 p99 max } operations { operation calls failed latencyMs { p50 max } }`;
const QUERY = `query Q($id: ID!, $from: DateTime, $to: DateTime) {
  integration(id: $id) { analytics(from: $from, to: $to) { ${FIGURES} } } }`;
interface Answer {
  readonly integration: { readonly analytics: { readonly calls: number } };
}
const analytics = async (id: string, from: string | null = null, to: string | null = null) =>
  (await one.ask<Answer>(owner, QUERY, { id, from, to })).integration.analytics;

test('calls are counted as what became of them', async () => {
  let status = 200;
  const service = await HttpDouble.start((_call, response) => sendJson(response, {}, status));
  const id = await register(service.url, { cacheSeconds: 60, rateLimit: { calls: 4, perSeconds: 3_600 } });
  const invoke = (input: object) => mutate(one, owner, 'invokeIntegration', { id, operation: 'get', input });
  await invoke({ id: 1 });
  await invoke({ id: 1 });
  status = 500;
  await invoke({ id: 2 });
  status = 404;
  await invoke({ id: 3 });
  await invoke({ id: 4 });
  await until('all are counted', async () => (await analytics(id)).calls === 5);
  expect(await analytics(id)).toMatchObject({
    succeeded: 1,
    cached: 1,
    failed: 2,
    refused: 1,
    retries: 1,
    errorRate: 2 / 3,
    cacheHitRate: 0.5,
    errors: [
      { code: 'HTTP_STATUS', calls: 2 },
      { code: 'RATE_LIMITED', calls: 1 },
    ],
    operations: [{ operation: 'get', calls: 5, failed: 2 }],
  });
  await service.stop();
});

test('percentiles are exact, and only of calls that were made within the time', async () => {
  const id = await register('https://example.org');
  await integrations.pool.query(
    `insert into integration_calls (integration_id, operation, outcome, duration_ms, attempts, at)
     select $1, 'get', 'SUCCEEDED'::integration_call_outcome, n, 1, '2026-05-01T12:00:00Z'::timestamptz from generate_series(0, 100) n
     union all select $1, 'get', 'CACHED', 100000, 0, '2026-05-01T12:00:00Z'
     union all select $1, 'get', 'SUCCEEDED', 100000, 1, '2026-05-02T00:00:00Z'`,
    [id],
  );
  expect(await analytics(id, '2026-05-01T00:00:00Z', '2026-05-02T00:00:00Z')).toMatchObject({
    calls: 102,
    latencyMs: { p50: 50, p90: 90, p95: 95, p99: 99, max: 100 },
  });
  expect(await analytics(id, '2026-04-01T00:00:00Z', '2026-05-01T12:00:00Z')).toEqual({
    ...{
      calls: 0,
      succeeded: 0,
      cached: 0,
      failed: 0,
      refused: 0,
      unknown: 0,
      retries: 0,
      errorRate: null,
      cacheHitRate: null,
    },
    ...{ errors: [], latencyMs: null, operations: [] },
  });
});

test.each([
  ['2026-05-02T00:00:00Z', '2026-05-02T00:00:00Z', 'from: must be before `to`'],
  ['2026-01-01T00:00:00Z', '2026-05-02T00:00:00Z', 'from: must be at most 92 days before `to`'],
])('a time from %s to %s is refused', async (from, to, message) => {
  const id = await register('https://example.org');
  const { errors } = await one.execute(owner, QUERY, { id, from, to });
  expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
});
