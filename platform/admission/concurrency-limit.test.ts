import fc from 'fast-check';
import { ConcurrencyLimit } from './concurrency-limit.ts';

const bounds = { least: 16, most: 100 };

test('long turns take a fifth of what was in work, short ones give four back', () => {
  const limit = new ConcurrencyLimit(bounds);
  limit.adapt(51, 100);
  expect(limit.value).toBe(80);
  limit.adapt(51, 60);
  expect(limit.value).toBe(48);
  limit.adapt(50, 48);
  expect(limit.value).toBe(52);
  limit.reset();
  expect(limit.value).toBe(100);
});

test('one long turn of a process with little to do costs little', () => {
  const limit = new ConcurrencyLimit(bounds);
  limit.adapt(500, 1);
  expect(limit.value).toBe(16);
  for (let window = 0; window < 21; window++) limit.adapt(0, 1);
  expect(limit.value).toBe(100);
});

test('it stays within its bounds, and long turns never raise it', () => {
  const window = fc.tuple(fc.double({ min: 0, max: 5_000, noNaN: true }), fc.nat(200));
  fc.assert(
    fc.property(fc.array(window), (windows) => {
      const limit = new ConcurrencyLimit(bounds);
      for (const [turn, inWork] of windows) {
        const before = limit.value;
        limit.adapt(turn, inWork);
        expect(limit.value).toBeGreaterThanOrEqual(bounds.least);
        expect(limit.value).toBeLessThanOrEqual(bounds.most);
        if (turn > 50) expect(limit.value).toBeLessThanOrEqual(before);
      }
    }),
  );
});
