import fc from 'fast-check';
import { CHUNK_LENGTH, chunksOf, MOST_CHUNKS } from './chunks.ts';

const points = (text: string) => [...text];

test('short texts are one chunk, empty ones none', () => {
  expect(chunksOf('a\nb')).toEqual([{ startsAt: 0, text: 'a\nb' }]);
  expect(chunksOf('')).toEqual([]);
  expect(chunksOf(' \n ')).toEqual([]);
});

test('chunks end where a line does, else a sentence, else a word, and begin with the end of the one before', () => {
  const lines = chunksOf(`${'x'.repeat(1_200)}\n${'y '.repeat(1_000)}`);
  expect(lines[0]!.text).toBe(`${'x'.repeat(1_200)}\n`);
  const sentences = chunksOf(`${'It is so. '.repeat(300)}`);
  expect(sentences[0]!.text).toBe('It is so. '.repeat(150));
  expect(sentences[1]!.startsAt).toBe(1_353);
  expect(chunksOf('word '.repeat(400))[0]!.text).toBe('word '.repeat(300));
});

test('of a long text the first 100 chunks are taken', () => {
  const chunks = chunksOf('word '.repeat(100_000));
  expect(chunks.length).toBe(MOST_CHUNKS);
  expect(chunks.at(-1)!.startsAt).toBe(99 * 1_355);
});

test('chunks of any text cover it, are no longer than they may be, and cut no character', () => {
  const part = fc.constantFrom('a', 'word ', '. ', '\n', '👩‍🚀', '漢字', ' ', '𝒶'.repeat(200), 'x'.repeat(700));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60, size: 'max' }), (parts) => {
      const text = parts.join('');
      const whole = points(text);
      let covered = 0;
      for (const { startsAt, text: chunk } of chunksOf(text)) {
        expect(chunk.length).toBeLessThanOrEqual(CHUNK_LENGTH);
        expect(Buffer.from(chunk).toString()).toBe(chunk);
        expect(whole.slice(startsAt, startsAt + points(chunk).length).join('')).toBe(chunk);
        expect(whole.slice(covered, startsAt).join('').trim()).toBe('');
        covered = Math.max(covered, startsAt + points(chunk).length);
      }
      expect(whole.slice(covered).join('').trim()).toBe('');
    }),
  );
});
