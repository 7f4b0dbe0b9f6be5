import { once } from 'node:events';
import { until } from '../../testing/index.ts';
import type { CallPolicy, PolicyChain, SharedStore } from '../index.ts';
import { fault, preparePolicies, STRICT, type PolicyDatabase } from './policy-test-support.ts';

/** Set by the chain: how much longer than the call a probe holds its place. */
const GRACE_MS = 2_000;
/** Opens at the second fault, and tries again at once. */
const POLICY: CallPolicy = {
  ...STRICT,
  timeoutMs: 500,
  circuitBreaker: { ...STRICT.circuitBreaker, minimumCalls: 2, openSeconds: 0 },
};

let database: PolicyDatabase;
beforeAll(async () => {
  database = await preparePolicies();
}, 60_000);
afterAll(() => database.stop());

const call = (chain: PolicyChain<SharedStore>, key: string, work: (signal: AbortSignal) => Promise<unknown>) =>
  chain.run({ key, policy: POLICY, entry: null, work }).catch((error: unknown) => error);
const succeeds = (chain: PolicyChain<SharedStore>, key: string) => call(chain, key, async () => 'answer');
const opened = async (chain: PolicyChain<SharedStore>, key: string) => {
  for (let at = 0; at < 2; at += 1) await call(chain, key, () => Promise.reject(fault()));
  expect((await chain.store.circuits.circuits([key])).get(key)?.state).toBe('OPEN');
};
const answer = { value: 'answer', cached: false };

test('a probe that hangs is ended at its timeout, opens the circuit again, and another process may try', async () => {
  const key = 'hangs';
  const [one, other] = [database.process('one'), database.process('other')];
  await opened(one, key);
  const begun = performance.now();
  // It ends only because it is told to.
  const probe = call(one, key, async (signal) => {
    await once(signal, 'abort');
    throw signal.reason;
  });
  await until('it is tried', async () => (await one.store.circuits.circuits([key])).get(key)?.state === 'HALF_OPEN');
  expect(await succeeds(other, key)).toMatchObject({ name: 'CallRefused', reason: 'CIRCUIT_OPEN' });
  expect(await probe).toMatchObject({ code: 'TIMEOUT' });
  expect(performance.now() - begun).toBeLessThan(POLICY.timeoutMs + GRACE_MS);
  expect(await succeeds(other, key)).toEqual(answer);
  expect((await one.store.circuits.circuits([key])).get(key)?.state).toBe('CLOSED');
});

test('a probe whose process stands still gives its place to another process when its time is over', async () => {
  const key = 'stands-still';
  const [one, other] = [database.process('one'), database.process('other')];
  await opened(one, key);
  const begun = performance.now();
  // As a process that claims the probe and is not heard of again: neither its timeout nor its result come.
  expect(await one.store.circuits.claimProbe(key, 'not heard of', POLICY.timeoutMs + GRACE_MS)).toBe(true);
  other.store.noticed(key);
  const refused: unknown[] = [];
  const answered = await until(
    'another process may try',
    async () => {
      const result = await succeeds(other, key);
      if (result instanceof Error) refused.push(result);
      return !(result instanceof Error) && result;
    },
    { timeoutMs: 10_000 },
  );
  expect(answered).toEqual(answer);
  const waited = performance.now() - begun;
  expect(waited).toBeGreaterThanOrEqual(POLICY.timeoutMs + GRACE_MS - 50);
  expect(refused.length).toBeGreaterThan(0);
  for (const each of refused) expect(each).toMatchObject({ name: 'CallRefused', reason: 'CIRCUIT_OPEN' });
  // What it had to say comes too late, and changes nothing.
  await one.store.circuits.endProbe(key, 'not heard of', false, 60);
  expect((await one.store.circuits.circuits([key])).get(key)?.state).toBe('CLOSED');
});

test('of many that wait for the place of a hanging probe, one gets it', async () => {
  const key = 'many';
  const chains = ['one', 'other'].map((name) => database.process(name));
  await opened(chains[0]!, key);
  expect(await chains[0]!.store.circuits.claimProbe(key, 'gone', 1)).toBe(true);
  for (const chain of chains) chain.store.noticed(key);
  let release: (value: string) => void = () => undefined;
  const released = new Promise<string>((resolve) => (release = resolve));
  let tried = 0;
  const results = Promise.all(
    Array.from({ length: 20 }, (_, at) => call(chains[at % 2]!, key, () => ((tried += 1), released))),
  );
  await until('one tries', () => tried > 0);
  await until('the others are refused', async () => {
    const late = await succeeds(chains[1]!, key);
    return late instanceof Error;
  });
  release('answer');
  const answered = (await results).filter((result) => !(result instanceof Error));
  expect([tried, answered]).toEqual([1, [answer]]);
});
