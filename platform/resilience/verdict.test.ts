import fc from 'fast-check';
import { verdictOf } from './index.ts';

const rules = { failureRatePercent: 50, windowSeconds: 30, minimumCalls: 10, openSeconds: 15 };
const seen = (process: string, successes: number, failures: number) => ({ process, successes, failures });

test.each([
  ['nobody has called', [], 'CLOSED'],
  ['fewer calls than the minimum', [seen('a', 0, 9)], 'CLOSED'],
  ['a rate just below', [seen('a', 11, 10)], 'CLOSED'],
  ['the rate', [seen('a', 5, 5)], 'OPEN'],
  ['a few of each process, together enough', [seen('a', 0, 4), seen('b', 1, 5)], 'OPEN'],
  ['one fails while another succeeds', [seen('a', 0, 90), seen('b', 3, 0)], 'ALONE'],
  ['one that fails a little while others succeed', [seen('a', 0, 9), seen('b', 3, 0)], 'CLOSED'],
  ['two of three', [seen('a', 0, 5), seen('b', 0, 5), seen('c', 2, 0)], 'OPEN'],
  ['another is alone', [seen('a', 20, 0), seen('b', 0, 30)], 'CLOSED'],
])('%s', (_what, observers, verdict) => {
  expect(verdictOf(observers, 'a', rules)).toBe(verdict);
});

test('whatever one process sees, it opens nothing while as many others succeed', () => {
  const count = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(
      count,
      count,
      fc.array(
        count.map((n) => n + 1),
        { minLength: 1, maxLength: 5 },
      ),
      (ok, bad, others) => {
        const well = others.map((successes, at) => seen(`b${at}`, successes, 0));
        expect(verdictOf([seen('a', ok, bad), ...well], 'a', rules)).not.toBe('OPEN');
        for (const { process } of well) {
          expect(verdictOf([seen('a', ok, bad), ...well], process, rules)).toBe('CLOSED');
        }
      },
    ),
  );
});
