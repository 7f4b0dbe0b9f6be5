import fc from 'fast-check';
import { oneLine } from './index.ts';

test.each([
  ['  two\r\n lines\t', 'two lines'],
  ['a\u2028b\u0000c', 'a b c'],
  ['half \ud83d', 'half \ufffd'],
])('%j', (text, line) => expect(oneLine(text)).toBe(line));

test('is cut at the end, and stays one line of whole characters whatever it is made of', () => {
  expect(oneLine('four', 3)).toBe('fou…');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, max) => {
      const line = oneLine(text, max);
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(Buffer.from(line).toString('utf8')).toBe(line);
      expect(line.length).toBeLessThanOrEqual(max + 1);
    }),
  );
});
