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

it('is patient with those who come at once, and refuses whoever comes while others have been waiting', async () => {
  admission = new Admission({ inFlight: 1, waiting: 10 });
  const leave = await admission.enter();
  const burst = Array.from({ length: 5 }, () => admission.enter());
  // Longer than a burst lasts.
  await new Promise((resolve) => setTimeout(resolve, 150));
  const begun = performance.now();
  const late = await Promise.allSettled(Array.from({ length: 5 }, () => admission.enter()));
  expect(new Set(late.map(({ status }) => status))).toEqual(new Set(['rejected']));
  expect(performance.now() - begun).toBeLessThan(1_000);
  leave();
  for (const waiting of burst) (await waiting)();
  await admission.enter();
});

it('ends the patience too', async () => {
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
  const deadline = performance.now() + 10_000;
  for (;;) {
    const leave = await admission.enter().catch(() => null);
    if (leave) break;
    expect(performance.now()).toBeLessThan(deadline);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
