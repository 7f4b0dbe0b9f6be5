import fc from 'fast-check';
import { closeSandbox } from '../sandbox/index.ts';
import { isMultipleOf } from './exact-multiple.mjs';
import { validateAgainst } from './index.ts';

afterAll(closeSandbox);

test.each([
  [1.11, 0.01, true],
  [19.99, 0.01, true],
  [0.3, 0.1, true],
  [1.1, 0.1, true],
  [-4.02, 0.01, true],
  [0, 0.01, true],
  [-0, 7, true],
  [1234567890.11, 0.01, true],
  [90071992547409.09, 0.01, true],
  [1.5e-9, 1e-9, false],
  [1.110000000001, 0.01, false],
  [19.995, 0.01, false],
  [1e308, 0.5, true],
  [1e308, 0.123456789, false],
  [1e-7, 1e-8, true],
  [5e-324, 1e-323, false],
  [1.7976931348623157e308, 5e-324, true],
  [7, 2, false],
  [7.5, 2.5, true],
  [1e21, 7, false],
  [7e21, 7, true],
])('%d is a multiple of %d: %j', async (value, multipleOf, expected) => {
  expect(isMultipleOf(value, multipleOf)).toBe(expected);
  const problems = await validateAgainst({ multipleOf }, value);
  expect(problems).toEqual(expected ? [] : [{ path: '', message: `must be a multiple of ${multipleOf}` }]);
});

test('of decimals with few enough digits it says what whole numbers say', () => {
  const digits = fc.integer({ min: -(10 ** 14), max: 10 ** 14 });
  const parts = fc.record({
    of: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 10 ** 14 })),
    value: digits,
    places: fc.integer({ min: -280, max: 280 }),
    isMultiple: fc.boolean(),
  });
  fc.assert(
    fc.property(parts, ({ of, value, places, isMultiple }) => {
      const whole = isMultiple ? value - (value % of) : value;
      const written = (number: number) => Number(`${number}e${places}`);
      expect(isMultipleOf(written(whole), written(of))).toBe(whole % of === 0);
    }),
    { numRuns: 2_000 },
  );
});
