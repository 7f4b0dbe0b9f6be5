import fc from 'fast-check';
import { bounded, isLargerThan, MAX_ANSWER_CHARACTERS } from './answer-size.ts';

test('is about the length of the JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { length } = JSON.stringify(value);
      // Escapes are left out, and each value counts four for what stands around it.
      expect(isLargerThan(6 * length + 10, value)).toBe(false);
      expect(isLargerThan(Math.floor(length / 8) - 10, value)).toBe(true);
    }),
  );
});

test('the same object in many places counts in each; the rest of what is too large is not looked at', () => {
  const text = 'x'.repeat(1_000_000);
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`a${at}`, { text }]));
  const looked: string[] = [];
  const watched = new Proxy(many, { ownKeys: (target) => (looked.push('keys'), Reflect.ownKeys(target)) });
  expect(isLargerThan(MAX_ANSWER_CHARACTERS, watched)).toBe(true);
  expect(looked).toHaveLength(1);
  const { data, errors } = bounded({ data: many });
  expect(data).toBeNull();
  expect(errors?.map(({ message, extensions }) => [message, extensions.code])).toEqual([
    ['The answer is larger than 16 MB; ask for fewer objects, or less of each.', 'TOO_LARGE'],
  ]);
  expect(bounded({ data: { text } })).toEqual({ data: { text } });
});
