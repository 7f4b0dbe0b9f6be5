import fc from 'fast-check';
import { toJsonPieces } from './json-pieces.ts';

const textOf = async (value: object) => Buffer.concat((await toJsonPieces(value, Infinity))!).toString();

/** More than is written in one go. */
const large = Array.from({ length: 30_000 }, (_, n) => n);

test('writes what JSON.stringify writes, in slices too', async () => {
  const anything = fc.anything({ withDate: true, withNullPrototype: true, withSparseArray: false });
  await fc.assert(
    fc.asyncProperty(anything, async (value) => {
      expect(await textOf({ value })).toBe(JSON.stringify({ value }));
      expect(await textOf({ large, value })).toBe(JSON.stringify({ large, value }));
      const values = Array.from({ length: 50 }, () => value);
      expect(await textOf({ large, values })).toBe(JSON.stringify({ large, values }));
    }),
    { numRuns: 50 },
  );
});

test('much data lets others have their turn', async () => {
  const rows = Array.from({ length: 100_000 }, (_, n) => ({ id: n, name: `row ${n}` }));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  await toJsonPieces({ rows }, Infinity);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});

test.each([
  ['ends of parts', 'x'.repeat(262_143)],
  ['surrogate pairs at ends of parts', `${'x'.repeat(262_143)}\u{1f600}`],
  ['halves of them', `${'x'.repeat(262_143)}\ud83d\ud83d"`],
  ['what must be escaped', '\n"\\'.repeat(262_144)],
])('long texts are written as JSON.stringify writes them: %s', async (_what, text) => {
  for (const value of [{ text }, { text: text + text }, { text: `${text}y`, next: [text] }]) {
    expect((await textOf(value)) === JSON.stringify(value)).toBe(true);
  }
});

test('one long text lets others have their turn', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  await toJsonPieces({ text: '"x'.repeat(3_000_000) }, Infinity);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});

test('more than is asked for is not written', async () => {
  const texts = Array.from({ length: 17 }, () => 'x'.repeat(1_048_576));
  expect(await toJsonPieces(texts, 16 * 1_048_576)).toBeUndefined();
  expect(await toJsonPieces({ a: 1 }, 7)).toHaveLength(1);
  expect(await toJsonPieces({ a: 1 }, 6)).toBeUndefined();
});
