import { setTimeout as wait } from 'node:timers/promises';
import { CallError, CallRefused, type PolicyChain } from '../index.ts';
import { fault, preparePolicies, STRICT, wrong, type PolicyDatabase } from './policy-test-support.ts';
import { until } from '../../testing/index.ts';

let database: PolicyDatabase;
let count = 0;
/** A dependency of its own for each test. */
const newKey = () => `dependency-${(count += 1)}`;

beforeAll(async () => {
  database = await preparePolicies();
}, 60_000);
afterAll(() => database.stop());

const call = (chain: PolicyChain, key: string, work: () => Promise<unknown>, policy = STRICT) =>
  chain.run({ key, policy, entry: null, work });
const fails = (chain: PolicyChain, key: string, policy = STRICT) =>
  call(chain, key, () => Promise.reject(fault()), policy).catch((error: unknown) => error);
const succeeds = (chain: PolicyChain, key: string, policy = STRICT) =>
  call(chain, key, async () => 'answer', policy).catch((error: unknown) => error);
const stateOf = async (key: string) =>
  (await database.process('observer').store.circuits.circuits([key])).get(key)?.state ?? 'CLOSED';
const refusal = (reason: string): unknown => expect.objectContaining({ name: 'CallRefused', reason });
/** As if the time of an open circuit were over. */
const letTimePass = async (key: string, chains: PolicyChain[]) => {
  await database.pool.query(
    `update policy_circuits set retry_at = clock_timestamp() - make_interval(secs => 1) where key = $1`,
    [key],
  );
  for (const chain of chains) chain.store.noticed(key);
};

describe('circuit', () => {
  test('opens at the rate over the minimum of calls, for all processes, and costs nothing while it is', async () => {
    const key = newKey();
    const [one, other] = [database.process('one'), database.process('other')];
    for (let at = 0; at < 4; at += 1) expect(await fails(one, key)).toBeInstanceOf(CallError);
    expect([await stateOf(key), await succeeds(other, key)]).toEqual(['CLOSED', { value: 'answer', cached: false }]);
    await other.store.stop();
    // Of `other`'s one call there was an answer: it does not see what `one` sees.
    expect(await fails(other, key)).toBeInstanceOf(CallError);
    expect(await stateOf(key)).toBe('OPEN');
    expect(await succeeds(one, key)).toEqual(refusal('CIRCUIT_OPEN'));
    const statements = countStatements();
    let made = 0;
    const begun = performance.now();
    for (let at = 0; at < 100; at += 1) {
      const refused = await call(one, key, async () => (made += 1)).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CallRefused);
    }
    expect([made, statements()]).toEqual([0, 0]);
    expect((performance.now() - begun) / 100).toBeLessThan(5);
  });

  test('one call of all processes is tried; its fault opens it again, its success closes it', async () => {
    const key = newKey();
    const chains = [database.process('one'), database.process('other')] as const;
    for (let at = 0; at < 5; at += 1) await fails(chains[0], key);
    await letTimePass(key, [...chains]);
    let made = 0;
    const slowly = async () => {
      made += 1;
      await wait(50);
      throw fault();
    };
    const tried = await Promise.all(
      chains.flatMap((chain) => [1, 2, 3].map(() => call(chain, key, slowly).catch(String))),
    );
    expect([made, tried.filter((answer) => String(answer).includes('CallRefused')).length]).toEqual([1, 5]);
    expect(await stateOf(key)).toBe('OPEN');
    await letTimePass(key, [...chains]);
    expect(await succeeds(chains[1], key)).toEqual({ value: 'answer', cached: false });
    expect([await stateOf(key), await succeeds(chains[0], key)]).toEqual([
      'CLOSED',
      { value: 'answer', cached: false },
    ]);
    expect(database.changes.filter((change) => change.key === key).map(({ state }) => state)).toEqual([
      'OPEN',
      'HALF_OPEN',
      'OPEN',
      'HALF_OPEN',
      'CLOSED',
    ]);
  });

  test('a probe whose process died is free again after its time', async () => {
    const key = newKey();
    const [one, other] = [database.process('one'), database.process('other')];
    for (let at = 0; at < 5; at += 1) await fails(one, key);
    await letTimePass(key, []);
    expect(await one.store.circuits.claimProbe(key, 'of a process that dies', 60_000)).toBe(true);
    other.store.noticed(key);
    expect(await succeeds(other, key)).toEqual(refusal('CIRCUIT_OPEN'));
    await database.pool.query(
      'update policy_circuits set probe_expires_at = clock_timestamp() - make_interval(secs => 1) where key = $1',
      [key],
    );
    other.store.noticed(key);
    expect(await succeeds(other, key)).toEqual({ value: 'answer', cached: false });
    await one.store.circuits.endProbe(key, 'of a process that dies', false, 60);
    expect(await stateOf(key)).toBe('CLOSED');
  });

  test('what is wrong with a call is not the fault of the dependency; an end by the caller neither', async () => {
    const key = newKey();
    const one = database.process('one');
    for (let at = 0; at < 10; at += 1) await call(one, key, () => Promise.reject(wrong())).catch(() => undefined);
    const left = new AbortController();
    const work = () => new Promise<never>(() => left.abort());
    const error = await one
      .run({ key, policy: STRICT, entry: null, work, signal: left.signal })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ABORTED' });
    await one.store.stop();
    const observers = await one.store.circuits.observers([{ key, windowSeconds: 60 }]);
    expect(observers.get(key)).toEqual([{ key, process: 'one', successes: 10, failures: 0, stoppedUntil: null }]);
  });

  test('a deadline missed is a fault', async () => {
    const key = newKey();
    const policy = { ...STRICT, timeoutMs: 20 };
    const slow = () => call(database.process('one'), key, () => new Promise(() => undefined), policy);
    await expect(slow()).rejects.toMatchObject({ code: 'TIMEOUT', fault: true });
  });
});

describe('rate limit', () => {
  const policy = { ...STRICT, rateLimit: { calls: 5, perSeconds: 600 } };

  test('is one for all processes, says when to try again, and is told', async () => {
    const key = newKey();
    const chains = [database.process('one'), database.process('other')];
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => succeeds(chains[at % 2]!, key, policy)));
    const refused = answers.filter((answer) => answer instanceof CallRefused);
    expect(refused).toHaveLength(7);
    for (const { reason, retryAfterMs } of refused) {
      expect([reason, retryAfterMs > 60_000, retryAfterMs <= 120_000]).toEqual(['RATE_LIMITED', true, true]);
    }
    const state = (await chains[0]!.store.rates.statesOf([{ key, ...policy.rateLimit }])).get(key);
    expect(state).toMatchObject({ remaining: 0, resetAt: expect.any(Date), heldUntil: null });
    await database.pool.query(`update policy_rates set taken_until = taken_until - interval '120 s' where key = $1`, [
      key,
    ]);
    expect(await succeeds(chains[1]!, key, policy)).toEqual({ value: 'answer', cached: false });
    expect(await succeeds(chains[1]!, key, policy)).toEqual(refusal('RATE_LIMITED'));
  });

  test('a dependency that asks not to be called is called by nobody, with a limit or without', async () => {
    const key = newKey();
    const [one, other] = [database.process('one'), database.process('other')];
    const busy = new CallError('TOO_MANY_REQUESTS', '429', { retryable: true, fault: false, retryAfterMs: 60_000 });
    const called = await call(one, key, () => Promise.reject(busy)).catch((error: unknown) => error);
    expect(called).toBe(busy);
    expect(await succeeds(one, key)).toEqual(refusal('RATE_LIMITED'));
    expect(await succeeds(other, key)).toEqual(refusal('RATE_LIMITED'));
    expect(await succeeds(other, key, policy)).toEqual(refusal('RATE_LIMITED'));
    expect(await stateOf(key)).toBe('CLOSED');
  });
});

test('an answer is used again by all processes while it is fresh, also while the circuit is open', async () => {
  const key = newKey();
  const policy = { ...STRICT, cacheSeconds: 60 };
  const [one, other] = [database.process('one'), database.process('other')];
  let made = 0;
  const work = async (): Promise<object> => ({ made: (made += 1) });
  const ask = (chain: PolicyChain, entry: string) => chain.run({ key, policy, entry, work });
  expect(await ask(one, 'a')).toEqual({ value: { made: 1 }, cached: false });
  expect(await ask(other, 'a')).toEqual({ value: { made: 1 }, cached: true });
  for (let at = 0; at < 5; at += 1) await fails(one, key);
  await expect(ask(other, 'b')).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN' });
  expect(await ask(other, 'a')).toEqual({ value: { made: 1 }, cached: true });
  expect((await one.store.cache.statesOf([key])).get(key)).toMatchObject({ entries: 1, bytes: 10 });
  expect(await one.store.cache.clear(key)).toBe(1);
  await one.store.reset(key);
  expect(await ask(other, 'a')).toEqual({ value: { made: 2 }, cached: false });
  await database.pool.query(
    'update policy_cache set expires_at = clock_timestamp() - make_interval(secs => 1) where key = $1',
    [key],
  );
  expect(await ask(other, 'a')).toEqual({ value: { made: 3 }, cached: false });
});

test('calls beyond the places wait, and beyond those that may wait they are refused', async () => {
  const key = newKey();
  const policy = { ...STRICT, maxConcurrency: 2, maxWaiting: 1 };
  const one = database.process('one');
  const release: (() => void)[] = [];
  const held = () => call(one, key, () => new Promise<void>((resolve) => release.push(resolve)), policy);
  const calls = [held(), held()];
  await until('two have begun', () => release.length === 2);
  calls.push(held());
  await expect(held()).rejects.toMatchObject({ reason: 'TOO_MANY_CALLS' });
  for (const each of release.splice(0)) each();
  await until('the third has begun', () => release.length === 1);
  release[0]?.();
  await Promise.all(calls);
});

test('a call waits for a place no longer than its policy says, and what comes behind it gets its turn', async () => {
  const key = newKey();
  const policy = { ...STRICT, maxConcurrency: 1, maxWaiting: 2 };
  const one = database.process('one');
  const release: (() => void)[] = [];
  const hangs = call(one, key, () => new Promise<void>((resolve) => release.push(resolve)), policy);
  await until('it has begun', () => release.length === 1);
  let made = 0;
  const waits = (maxWaitMs?: number) =>
    call(one, key, async () => void (made += 1), maxWaitMs === undefined ? policy : { ...policy, maxWaitMs });
  const behind = [waits(20), waits()];
  await expect(behind[0]).rejects.toMatchObject({ reason: 'TOO_MANY_CALLS', retryAfterMs: 1_000 });
  release[0]?.();
  await hangs;
  await behind[1];
  expect(made).toBe(1);
  // Without a time of its own it is that of the call.
  const again = call(one, key, () => new Promise<void>((resolve) => release.push(resolve)), policy);
  await until('it has begun', () => release.length === 2);
  const brief = { ...policy, timeoutMs: 20 };
  await expect(call(one, key, async () => void (made += 1), brief)).rejects.toMatchObject({ reason: 'TOO_MANY_CALLS' });
  release[1]?.();
  await again;
  expect(made).toBe(1);
});

test('a caller who leaves while waiting for a place does not keep the next from theirs', async () => {
  const key = newKey();
  const policy = { ...STRICT, maxConcurrency: 1, maxWaiting: 2 };
  const one = database.process('one');
  let release: (() => void) | undefined;
  const hangs = call(one, key, () => new Promise<void>((resolve) => (release = resolve)), policy);
  await until('it has begun', () => release !== undefined);
  const caller = new AbortController();
  const leaves = one.run({ key, policy, entry: null, work: async () => 'left', signal: caller.signal });
  const next = call(one, key, async () => 'next', policy);
  caller.abort();
  release?.();
  await hangs;
  await expect(leaves).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await next).toEqual({ value: 'next', cached: false });
});

test('what may pass is repeated, with longer waits, or when the dependency says; the whole within its time', async () => {
  const key = newKey();
  const one = database.process('one');
  const retry = { maxAttempts: 3, initialDelayMs: 20, maxDelayMs: 1_000 };
  const at: number[] = [];
  const failing = (error: () => Error) => async () => {
    at.push(performance.now());
    throw error();
  };
  await expect(call(one, key, failing(fault), { ...STRICT, retry })).rejects.toMatchObject({ code: 'CONNECTION' });
  expect(at).toHaveLength(3);
  expect([at[1]! - at[0]! >= 9, at[2]! - at[1]! >= 19]).toEqual([true, true]);
  at.length = 0;
  await expect(call(one, key, failing(wrong), { ...STRICT, retry })).rejects.toMatchObject({ code: 'HTTP_STATUS' });
  expect(at).toHaveLength(1);
  at.length = 0;
  const asks = () => new CallError('BUSY', 'later', { retryable: true, fault: false, retryAfterMs: 80 });
  await expect(call(one, key, failing(asks), { ...STRICT, retry })).rejects.toMatchObject({ code: 'BUSY' });
  expect([at.length, at[1]! - at[0]! >= 79]).toEqual([3, true]);
  const later = newKey();
  at.length = 0;
  const policy = { ...STRICT, retry, timeoutMs: 50 };
  await expect(call(one, later, failing(asks), policy)).rejects.toMatchObject({ code: 'BUSY' });
  expect(at).toHaveLength(1);
});

/** Statements that were sent since; the pool is asked to connect for each. */
function countStatements(): () => number {
  const { pool } = database;
  let statements = 0;
  const listener = () => void (statements += 1);
  pool.on('acquire', listener);
  return () => {
    pool.removeListener('acquire', listener);
    return statements;
  };
}
