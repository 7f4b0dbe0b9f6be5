import { until } from '../testing/index.ts';
import { DEFAULT_POLICY, type CallPolicy } from './index.ts';
import { Places } from './places.ts';

const ONE: CallPolicy = { ...DEFAULT_POLICY, maxConcurrency: 1, maxWaiting: 2, timeoutMs: 60_000 };
const FULL = expect.objectContaining({ name: 'CallRefused', reason: 'TOO_MANY_CALLS', retryAfterMs: 1_000 }) as unknown;
const outcome = (entering: Promise<unknown>) => entering.catch((error: unknown) => error);

test('a call that takes long gives back its place once, and the next enters', async () => {
  const places = new Places();
  const leave = await places.enter({ ...ONE, placeForMs: 20 }, undefined);
  const next = places.enter(ONE, undefined);
  expect(places.inFlight).toBe(1);
  const leaveNext = await next;
  leave();
  expect(places.inFlight).toBe(1);
  leaveNext();
  leaveNext();
  expect(places.inFlight).toBe(0);
});

test('one that leaves the queue gives back its place in it at once', async () => {
  const places = new Places();
  const leave = await places.enter(ONE, undefined);
  const caller = new AbortController();
  const leaves = outcome(places.enter(ONE, caller.signal));
  const stays = places.enter(ONE, undefined);
  expect(await outcome(places.enter(ONE, undefined))).toEqual(FULL);
  caller.abort();
  expect(await leaves).toMatchObject({ name: 'CallError', code: 'ABORTED', fault: false });
  const comes = places.enter(ONE, undefined);
  leave();
  (await stays)();
  (await comes)();
  expect(places.inFlight).toBe(0);
  expect(await outcome(places.enter(ONE, AbortSignal.abort()))).toMatchObject({ code: 'ABORTED' });
});

test('while others are answered one waits longer than its patience, but not longer than its timeout', async () => {
  const places = new Places();
  const leave = await places.enter(ONE, undefined);
  const patient = { ...ONE, maxWaitMs: 150, waitsWhileAnswered: true };
  const answers = setInterval(() => places.answered(), 10);
  const begun = performance.now();
  const bounded = outcome(places.enter({ ...patient, timeoutMs: 300 }, undefined));
  const waits = outcome(places.enter(patient, undefined));
  expect(await bounded).toEqual(FULL);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
  clearInterval(answers);
  const silentSince = performance.now();
  expect(await waits).toEqual(FULL);
  expect(performance.now() - silentSince).toBeLessThan(5_000);
  leave();
});

test('those in the queue can be refused all at once', async () => {
  const places = new Places();
  const leave = await places.enter(ONE, undefined);
  const waiting = [outcome(places.enter(ONE, undefined)), outcome(places.enter(ONE, undefined))];
  places.refuseWaiting('CIRCUIT_OPEN', 1_000);
  for (const each of waiting) expect(await each).toMatchObject({ reason: 'CIRCUIT_OPEN' });
  leave();
  await until('there is a place', () => places.inFlight === 0);
});
