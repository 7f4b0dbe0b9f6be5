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

it('refuses whoever has waited a moment', async () => {
  admission = new Admission({ inFlight: 1, waiting: 10 });
  await admission.enter();
  const begun = performance.now();
  const refused = await Promise.allSettled(Array.from({ length: 10 }, () => admission.enter()));
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set(['rejected']));
  expect(performance.now() - begun).toBeLessThan(1_000);
});

it('does not begin the work of somebody who has left, and gives the place to the next', async () => {
  admission = new Admission({ inFlight: 1, waiting: 2 });
  const leave = await admission.enter();
  const gone = new AbortController();
  const waiting = admission.enter(gone.signal);
  const next = admission.enter();
  gone.abort();
  await expect(waiting).rejects.toThrow('The client has left.');
  await expect(admission.enter(gone.signal)).rejects.toThrow('The client has left.');
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
