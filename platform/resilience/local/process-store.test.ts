import { CallError, DEFAULT_POLICY, PolicyChain, ProcessStore, type CallPolicy } from '../index.ts';
import { until } from '../../testing/index.ts';

const POLICY: CallPolicy = {
  ...DEFAULT_POLICY,
  circuitBreaker: { failureRatePercent: 50, windowSeconds: 60, minimumCalls: 6, openSeconds: 60 },
  retry: { maxAttempts: 1, initialDelayMs: 0, maxDelayMs: 0 },
};
const fault = () => new CallError('CONNECTION', 'No answer.', { retryable: true, fault: true });
const refusal = (reason: string): unknown => expect.objectContaining({ name: 'CallRefused', reason });

function chainOf(options?: ConstructorParameters<typeof ProcessStore>[0]) {
  const chain = new PolicyChain(new ProcessStore(options));
  const call = (work: () => Promise<unknown>, policy = POLICY) =>
    chain.run({ key: 'service', policy, entry: null, work }).catch((error: unknown) => error);
  return {
    chain,
    call,
    fails: (policy = POLICY) => call(() => Promise.reject(fault()), policy),
    succeeds: (policy = POLICY) => call(async () => 'answer', policy),
  };
}
const ANSWER = { value: 'answer', cached: false };

test('it opens at the rate over the minimum of calls, of this process only', async () => {
  const [{ fails, succeeds }, other] = [chainOf(), chainOf()];
  for (let at = 0; at < 3; at += 1) expect(await succeeds()).toEqual(ANSWER);
  for (let at = 0; at < 3; at += 1) expect(await fails()).toBeInstanceOf(CallError);
  expect(await succeeds()).toEqual(refusal('CIRCUIT_OPEN'));
  expect(await other.succeeds()).toEqual(ANSWER);
});

test('outcomes behind the window do not count', async () => {
  const brief = { ...POLICY, circuitBreaker: { ...POLICY.circuitBreaker, windowSeconds: 1 } };
  const { chain, fails, succeeds } = chainOf();
  for (let at = 0; at < 5; at += 1) await fails(brief);
  const since = performance.now();
  await until('they lie behind it', () => performance.now() - since > 2_000);
  expect([await fails(brief), await succeeds(brief)]).toEqual([expect.any(CallError), ANSWER]);
  expect(chain.store.circuit('service').openSince).toBeNull();
});

test('failures in a row open it, however many calls succeeded before', async () => {
  const states: string[] = [];
  const { fails, succeeds } = chainOf({ failuresInARow: 3, changed: (key, state) => states.push(`${key} ${state}`) });
  for (let at = 0; at < 50; at += 1) await succeeds();
  for (let at = 0; at < 2; at += 1) await fails();
  await succeeds();
  for (let at = 0; at < 2; at += 1) await fails();
  expect(states).toEqual([]);
  await fails();
  expect([states, await succeeds()]).toEqual([['service OPEN'], refusal('CIRCUIT_OPEN')]);
});

test('one call is tried when its time is over; a failure opens it again, a success closes it and forgets', async () => {
  const states: string[] = [];
  const soon = { ...POLICY, circuitBreaker: { ...POLICY.circuitBreaker, openSeconds: 0.05 } };
  const { call, fails, succeeds } = chainOf({ failuresInARow: 3, changed: (_key, state) => states.push(state) });
  for (let at = 0; at < 3; at += 1) await fails(soon);
  expect(await succeeds(soon)).toEqual(refusal('CIRCUIT_OPEN'));
  let made = 0;
  const slowly = () =>
    call(() => new Promise((_resolve, reject) => setTimeout(() => reject(fault()), 20 + (made += 1))), soon);
  await until('one is tried', async () => {
    await Promise.all([slowly(), slowly(), slowly()]);
    return made > 0;
  });
  expect([made, states]).toEqual([1, ['OPEN', 'HALF_OPEN', 'OPEN']]);
  await until('it is closed', async () => (await succeeds(soon)) && states.at(-1) === 'CLOSED');
  for (let at = 0; at < 2; at += 1) await fails(soon);
  expect(await succeeds(soon)).toEqual(ANSWER);
});

test('a limit of calls; one that asks not to be called is not', async () => {
  const { succeeds, call } = chainOf();
  const limited = { ...POLICY, rateLimit: { calls: 2, perSeconds: 600 } };
  expect([await succeeds(limited), await succeeds(limited)]).toEqual([ANSWER, ANSWER]);
  const refused = (await succeeds(limited)) as { reason: string; retryAfterMs: number };
  expect([refused.reason, Math.round(refused.retryAfterMs / 10_000)]).toEqual(['RATE_LIMITED', 30]);
  expect(await succeeds()).toEqual(ANSWER);
  const busy = new CallError('BUSY', '429', { retryable: true, fault: false, retryAfterMs: 60_000 });
  expect([await call(() => Promise.reject(busy)), await succeeds()]).toEqual([busy, refusal('RATE_LIMITED')]);
});

test('an answer is used again while it is fresh, and each caller has its own', async () => {
  const { chain } = chainOf();
  let made = 0;
  const ask = (entry: string, cacheSeconds = 0.05) =>
    chain.run({
      key: 'service',
      policy: { ...POLICY, cacheSeconds },
      entry,
      work: async () => ({ made: (made += 1) }),
    });
  expect(await ask('a', 60)).toEqual({ value: { made: 1 }, cached: false });
  const again = await ask('a', 60);
  again.value.made = 9;
  expect(await ask('a', 60)).toEqual({ value: { made: 1 }, cached: true });
  expect(await ask('b')).toEqual({ value: { made: 2 }, cached: false });
  await until('it is no longer fresh', async () => !(await ask('b')).cached);
});
