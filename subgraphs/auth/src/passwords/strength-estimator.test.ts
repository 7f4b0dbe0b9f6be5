import { StrengthEstimator } from './strength-estimator.ts';

const estimator = new StrengthEstimator();
afterAll(() => estimator.close());

test('weak and strong passwords are told apart, and why', async () => {
  expect(await estimator.estimate('password', [])).toMatchObject({
    score: 0,
    warning: 'This is a heavily used password.',
    suggestions: ['Add more words that are less common.'],
  });
  expect(await estimator.estimate('correct horse battery staple', [])).toMatchObject({ score: 4, warning: null });
  const unknown = await estimator.estimate('zyxwvq-ulrich', []);
  const known = await estimator.estimate('zyxwvq-ulrich', ['zyxwvq', 'ulrich']);
  expect(known.guessesLog10).toBeLessThan(unknown.guessesLog10);
});

test('only the first 64 characters are looked at', async () => {
  const start = 'kr7Qx2vLm9Tz4pwkB'.repeat(4).slice(0, 64);
  expect(await estimator.estimate(start + 'x'.repeat(960), [])).toEqual(await estimator.estimate(start, []));
});

test('what would wait too long is refused', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => estimator.estimate(`pass phrase ${index}`, [])),
  );
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(40);
  for (const result of refused) {
    expect(result).toMatchObject({ reason: { extensions: { code: 'RATE_LIMITED' } } });
  }
});
