import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from '../testing/index.ts';
import { Admission } from './admission.ts';

const unavailable = { extensions: { code: 'UNAVAILABLE', retryAfter: 1 } };
let admission: Admission;
afterEach(() => admission.close());

it('lets in so many at a time, and the next when one has left', async () => {
  admission = new Admission({ inFlight: 2, waiting: 1 });
  const [first] = [await admission.enter(), await admission.enter()];
  const third = admission.enter();
  await expect(admission.enter()).rejects.toMatchObject(unavailable);
  first();
  first();
  const leave = await third;
  // Leaving twice has not made room for two.
  await expect(admission.enter()).rejects.toMatchObject(unavailable);
  leave();
  await admission.enter();
});

/** Lets in one piece of work after the other for so long, each taking about 10 ms. */
async function workFor(ms: number) {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const leave = await admission.enter();
    await new Promise((resolve) => setTimeout(resolve, 10));
    leave();
  }
}

it('lets as many wait as it likes while nothing is known of the pace', async () => {
  admission = new Admission({ inFlight: 1, waiting: 90 });
  const leave = await admission.enter();
  const burst = Array.from({ length: 90 }, () => admission.enter());
  await expect(admission.enter()).rejects.toMatchObject(unavailable);
  leave();
  for (const waiting of burst) (await waiting)();
});

it('lets as many wait as have their turn within half a second, and refuses the others at once', async () => {
  admission = new Admission({ inFlight: 1, waiting: 90 });
  // At most 100 a second.
  await workFor(1_500);
  const leave = await admission.enter();
  const waiting = Array.from({ length: 90 }, () => admission.enter());
  const refused = await Promise.race([Promise.allSettled(waiting.slice(50)), nextTurn('still waiting')]);
  expect(refused).toEqual(
    waiting.slice(50).map(() => ({ status: 'rejected', reason: expect.objectContaining(unavailable) })),
  );
  leave();
  const outcomes = await Promise.allSettled(waiting.map(async (entering) => (await entering)()));
  const served = outcomes.filter(({ status }) => status === 'fulfilled').length;
  expect(served).toBeGreaterThanOrEqual(16);
  expect(served).toBeLessThanOrEqual(50);
});

it('ends the waiting too', async () => {
  admission = new Admission({ inFlight: 1, waiting: 10 });
  await admission.enter();
  await expect(admission.enter()).rejects.toMatchObject(unavailable);
});

it('does not begin the work of somebody who has left, and gives the place to the next', async () => {
  admission = new Admission({ inFlight: 1, waiting: 2 });
  const leave = await admission.enter();
  const gone = new AbortController();
  const waiting = admission.enter(() => gone.signal);
  const next = admission.enter();
  gone.abort();
  await expect(waiting).rejects.toThrow('The client has left.');
  await expect(admission.enter(() => gone.signal)).rejects.toThrow('The client has left.');
  leave();
  await next;
});

it('lets nobody in while the event loop is far behind', async () => {
  admission = new Admission({ inFlight: 10, waiting: 10 });
  const hold = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };
  let refused = false;
  for (let count = 0; count < 10 && !refused; count++) {
    hold(700);
    await new Promise((resolve) => setTimeout(resolve, 5));
    refused = await admission.enter().then(
      () => false,
      () => true,
    );
  }
  expect(refused).toBe(true);
  await until('it takes them again', () => admission.enter());
});
