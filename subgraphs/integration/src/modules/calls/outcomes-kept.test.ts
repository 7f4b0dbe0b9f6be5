import { createPool, withDatabase } from '@flowmesh/platform/database';
import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let service: HttpDouble;
let answer: (call: HttpCall) => Promise<void>;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  service = await HttpDouble.start((call) => void answer(call));
}, 60_000);
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const pay = (id: string): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation: 'pay', input: {}, idempotencyKey: 'a' });

const ANALYTICS = 'query ($id: ID!) { integration(id: $id) { analytics { calls succeeded failed unknown } } }';
const analytics = async (id: string) =>
  (await one.ask<{ integration: { analytics: { calls: number } } }>(owner, ANALYTICS, { id })).integration.analytics;

const tries = () =>
  integrations.lines.filter((line) => line.includes('could not be kept, which is tried again')).length;

test.each([
  ['an answer', 200, { output: { paid: 1 } }, { calls: 1, succeeded: 1, failed: 0, unknown: 0 }],
  ['a failure that leaves it open', 500, { code: 'HTTP_STATUS' }, { calls: 1, succeeded: 0, failed: 1, unknown: 0 }],
])(
  '%s that comes while the database is away is kept once it is back',
  async (_what, status, told, counted) => {
    const id = await registered(one, owner, {
      configuration: { baseUrl: service.url },
      operations: [{ name: 'pay', method: 'POST', path: '/pay' }],
      policy: { retry: { maxAttempts: 1 }, circuitBreaker: { minimumCalls: 100 } },
    });
    service.calls.length = 0;
    const name = new URL(integrations.url).pathname.slice(1);
    const administrator = createPool(withDatabase(integrations.url, 'postgres'), { max: 1, applicationName: 'test' });
    const allow = (are: boolean) => administrator.query(`alter database "${name}" with allow_connections ${are}`);
    try {
      answer = async ({ response }) => {
        await allow(false);
        await administrator.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
        sendJson(response, { paid: 1 }, status);
      };
      const triedBefore = tries();
      expect(await pay(id)).toMatchObject(told);
      await until('storing it was tried', () => tries() > triedBefore);
    } finally {
      await allow(true);
      await administrator.end();
    }
    const again = await until('it is kept', async () => {
      const result = await pay(id).catch(() => null);
      return result !== null && result.code !== 'CALL_IN_PROGRESS' && result;
    });
    expect(again).toMatchObject(told);
    expect(service.calls).toHaveLength(1);
    const counts = await until('it is counted', async () => {
      const found = await analytics(id);
      return found.calls > 0 && found;
    });
    expect(counts).toEqual(counted);
  },
  60_000,
);
