import fc from 'fast-check';
import { plainText } from './plain-text.ts';

test.each([
  ['an escape sequence', 'a\u001b[31mb', 'a\uFFFD[31mb'],
  ['a bell and a NUL', 'a\u0007\0', 'a\uFFFD\uFFFD'],
  ['an 8-bit escape sequence', '\u009b31m', '\uFFFD31m'],
  ['a turn of the direction', 'gpj\u202Eexe.\u2066x', 'gpj\uFFFDexe.\uFFFDx'],
  ['half a character', 'a\uD83D', 'a\uFFFD'],
  ['line ends of other systems', 'a\r\nb\rc', 'a\nb\nc'],
  ['what is harmless', 'a\n\tb – 😀 שלום \u200F', 'a\n\tb – 😀 שלום \u200F'],
])('%s', (_what, given, expected) => expect(plainText(given)).toBe(expected));

test('nothing harmful is left of any text, and what is left does not change', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const plain = plainText(text);
      expect(plain).not.toMatch(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/u);
      expect(plain).not.toMatch(/\p{Surrogate}/u);
      expect(plainText(plain)).toBe(plain);
    }),
  );
});
