import { statistics, StatisticsError } from './statistics.ts';

test('statistics', () => {
  expect(statistics([4, 1, 3, 2])).toEqual({
    count: 4,
    sum: 10,
    mean: 2.5,
    median: 2.5,
    min: 1,
    max: 4,
    standardDeviation: Math.sqrt(1.25),
    p95: expect.closeTo(3.85),
  });
});

test('what would be no number is refused, by name', () => {
  const tooLarge = new StatisticsError('are too large: their sum is no number that can be written');
  expect(() => statistics([1e308, 1e308])).toThrow(tooLarge);
  const spread = new StatisticsError('are too large: their standardDeviation is no number that can be written');
  expect(() => statistics([1e200, -1e200])).toThrow(spread);
  expect(statistics([1e150, 1e150]).standardDeviation).toBe(0);
});
