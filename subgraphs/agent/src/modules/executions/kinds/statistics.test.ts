import { statistics } from './statistics.ts';

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
