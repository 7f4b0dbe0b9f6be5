import fc from 'fast-check';
import { CLASS_RATIO, percentile, type Durations } from './durations.ts';

/** As the database sorts them into classes. */
function classified(values: readonly number[]): Durations {
  const durations: Record<string, number> = {};
  for (const value of values) {
    const number = Math.max(0, Math.ceil(Math.log(Math.max(value, 1)) / Math.log(CLASS_RATIO)));
    durations[number] = (durations[number] ?? 0) + 1;
  }
  return durations;
}

const merged = (a: Durations, b: Durations): Durations => {
  const sum: Record<string, number> = { ...a };
  for (const [number, count] of Object.entries(b)) sum[number] = (sum[number] ?? 0) + count;
  return sum;
};

const milliseconds = fc.double({ min: 1.001, max: 30 * 86_400_000, noNaN: true });

test('a percentile is the duration at its place, within one percent', () => {
  fc.assert(
    fc.property(
      fc.array(milliseconds, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const exact = [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
        const estimated = percentile(classified(values), share)!;
        expect(Math.abs(estimated / exact - 1)).toBeLessThan(0.01);
      },
    ),
  );
});

test('histograms of parts, added up, are the histogram of the whole', () => {
  fc.assert(
    fc.property(fc.array(milliseconds), fc.array(milliseconds), (some, others) => {
      expect(merged(classified(some), classified(others))).toEqual(classified([...some, ...others]));
    }),
  );
});

test('there is no percentile of nothing, and none of what takes no time is more than none', () => {
  expect(percentile({}, 0.5)).toBeNull();
  expect(percentile({ 0: 3 }, 0.95)).toBe(0);
});
