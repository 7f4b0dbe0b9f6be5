import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let processes: readonly IntegrationProcess[];
let service: HttpDouble;
let answer: (call: HttpCall) => unknown;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  processes = [await integrations.process(), await integrations.process()];
  service = await HttpDouble.start((call) => void answer(call));
}, 60_000);
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const ok = ({ response }: HttpCall) => sendJson(response, {});
const fails = ({ response }: HttpCall) => sendJson(response, {}, 500);
/** Never answers. */
const hangs = () => undefined;

const register = (minimumCalls: number) =>
  registered(processes[0]!, owner, {
    configuration: { baseUrl: service.url },
    operations: [{ name: 'get', method: 'GET', path: '/get' }],
    policy: {
      timeoutMs: 2_000,
      retry: { maxAttempts: 1 },
      circuitBreaker: { minimumCalls, failureRatePercent: 50, windowSeconds: 60, openSeconds: 600 },
    },
  });
const invoke = async (id: string, at: number): Promise<string> => {
  const { code, __typename } = await mutate(processes[at % 2]!, owner, 'invokeIntegration', { id, operation: 'get' });
  return String(code ?? __typename);
};
const states = () =>
  Promise.all(
    processes.map(async (each) => {
      const query = 'query ($id: ID!) { integration(id: $id) { circuitBreaker { state } } }';
      const { integration } = await each.ask<{ integration: { circuitBreaker: { state: string } } }>(owner, query, {
        id: current,
      });
      return integration.circuitBreaker.state;
    }),
  );
let current = '';
const BOTH_CLOSED = ['CLOSED', 'CLOSED'];
const BOTH_OPEN = ['OPEN', 'OPEN'];
const DONE = 'InvokeIntegrationSuccess';

/** What the service does, what the calls come to, and the state that both processes see after each. */
test.each<[what: string, calls: readonly (readonly [does: typeof answer, code: string, open: boolean])[]]>([
  [
    'slow: it opens at the fourth call, of which half or more were too late',
    [
      [ok, DONE, false],
      [hangs, 'TIMEOUT', false],
      [hangs, 'TIMEOUT', false],
      [hangs, 'TIMEOUT', true],
      [ok, 'CIRCUIT_OPEN', true],
      [ok, 'CIRCUIT_OPEN', true],
    ],
  ],
  [
    'failing: it opens at the minimum of calls',
    [
      [fails, 'HTTP_STATUS', false],
      [fails, 'HTTP_STATUS', false],
      [fails, 'HTTP_STATUS', false],
      [fails, 'HTTP_STATUS', true],
      [ok, 'CIRCUIT_OPEN', true],
    ],
  ],
  [
    'flapping: at half of the calls it opens',
    [
      [ok, DONE, false],
      [ok, DONE, false],
      [fails, 'HTTP_STATUS', false],
      [fails, 'HTTP_STATUS', true],
      [ok, 'CIRCUIT_OPEN', true],
    ],
  ],
])(
  '%s; both processes see the same, and a reset closes it for both',
  async (_what, calls) => {
    current = await register(4);
    for (const [at, [does, code, open]] of calls.entries()) {
      answer = does;
      if (code === 'CIRCUIT_OPEN') await until('it has heard of it', async () => (await invoke(current, at)) === code);
      const before = service.calls.length;
      const came = await invoke(current, at);
      expect([at, came]).toEqual([at, code]);
      expect(service.calls.length - before).toBe(code === 'CIRCUIT_OPEN' ? 0 : 1);
      // What one has learned, the other hears of a moment later.
      await until(`both see it after call ${at}`, async () => {
        const expected = open ? BOTH_OPEN : BOTH_CLOSED;
        return (await states()).join() === expected.join();
      });
    }
    answer = ok;
    expect(await mutate(processes[1]!, owner, 'resetCircuitBreaker', { id: current })).toMatchObject({ changed: true });
    for (const at of [0, 1]) await until('it is called again', async () => (await invoke(current, at)) === DONE);
    expect(await states()).toEqual(BOTH_CLOSED);
  },
  60_000,
);

test('a process that fails alone is shown as stopped, until a reset by another', async () => {
  const id = await register(3);
  const seen = async () => {
    const query =
      'query ($id: ID!) { integration(id: $id) { circuitBreaker { state observers { successes failures stoppedUntil } } } }';
    return (await processes[1]!.ask<{ integration: { circuitBreaker: unknown } }>(owner, query, { id })).integration
      .circuitBreaker;
  };
  const well = { successes: 2, failures: 0, stoppedUntil: null };
  answer = ok;
  for (let call = 0; call < 2; call += 1) expect(await invoke(id, 1)).toBe(DONE);
  await until('it is counted', async () => JSON.stringify(await seen()).includes('"successes":2'));
  answer = fails;
  for (let call = 0; call < 3; call += 1) expect(await invoke(id, 0)).toBe('HTTP_STATUS');
  answer = ok;
  expect([await invoke(id, 0), await invoke(id, 1)]).toEqual(['CIRCUIT_OPEN', DONE]);
  const shown = await until('the last call is counted', async () => {
    const found = await seen();
    return JSON.stringify(found).includes('"successes":3') && found;
  });
  expect(shown).toEqual({
    state: 'CLOSED',
    observers: expect.arrayContaining([
      { ...well, successes: 3 },
      { successes: 0, failures: 3, stoppedUntil: expect.any(Date) },
    ]),
  });
  expect(await mutate(processes[1]!, owner, 'resetCircuitBreaker', { id })).toMatchObject({ changed: true });
  expect(await seen()).toEqual({ state: 'CLOSED', observers: [] });
  await until('it is called again', async () => (await invoke(id, 0)) === DONE);
}, 60_000);
