import fc from 'fast-check';
import { bounded, MAX_ANSWER_CHARACTERS, sizeOf } from './answer-size.ts';

test('is about the length of the JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { length } = JSON.stringify(value);
      // Escapes are left out, and each value counts four for what stands around it.
      const size = sizeOf(value, Number.MAX_SAFE_INTEGER);
      expect(size).toBeLessThanOrEqual(6 * length + 10);
      expect(size).toBeGreaterThan(Math.floor(length / 8) - 10);
    }),
  );
});

test('the same object in many places counts in each; the rest of what is too large is not looked at', async () => {
  const text = 'x'.repeat(1_000_000);
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`a${at}`, { text }]));
  const looked: string[] = [];
  const watched = new Proxy(many, { ownKeys: (target) => (looked.push('keys'), Reflect.ownKeys(target)) });
  expect(sizeOf(watched, MAX_ANSWER_CHARACTERS)).toBeGreaterThan(MAX_ANSWER_CHARACTERS);
  expect(looked).toHaveLength(1);
  const { data, errors } = await bounded({ data: many });
  expect(data).toBeNull();
  expect(errors?.map(({ message, extensions }) => [message, extensions.code])).toEqual([
    ['The answer is larger than 16 MB; ask for fewer objects, or less of each.', 'TOO_LARGE'],
  ]);
  expect(await bounded({ data: { text } })).toEqual({ data: { text } });
});
