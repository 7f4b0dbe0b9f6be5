import { z } from 'zod';
import { name, parseInput, tidyName } from './index.ts';

const check = (value: string) => {
  const parsed = parseInput(z.object({ name: name({ min: 1, max: 30 }) }), { name: value });
  return parsed.ok ? parsed.data.name : (parsed.error.fields[0]?.message ?? '');
};

test.each([
  ['Café', 'Caf\u00e9'],
  ['Cafe\u0301', 'Caf\u00e9'],
  ['\u212bngstr\u00f6m', '\u00c5ngstr\u00f6m'],
  [' a\u00a0b\u2003', 'a b'],
  ['नमस्ते', 'नमस्ते'],
  ['שלום עולם', 'שלום עולם'],
  // What keeps letters from being joined makes another word.
  ['می\u200cخواهم', 'می\u200cخواهم'],
  ['क्\u200dष', 'क्\u200dष'],
  ['👩🏽\u200d💻 team', '👩🏽\u200d💻 team'],
  ['I ❤️ 1️⃣', 'I ❤️ 1️⃣'],
  [
    '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
  ],
])('%j is a name', (given, kept) => expect(check(given)).toBe(kept));

test.each([
  ['zero-width space', '\u200b', '200B'],
  ['soft hyphen', 'a\u00adb', '00AD'],
  ['joiner between Latin letters', 'a\u200db', '200D'],
  ['non-joiner at the end', 'می\u200c', '200C'],
  ['byte order mark', '\ufeffa\ufeffb', 'FEFF'],
  ['word joiner', 'a\u2060b', '2060'],
  ['right-to-left override', 'a\u202eb', '202E'],
  ['isolate', 'a\u2066b', '2066'],
  ['left-to-right mark', 'a\u200e', '200E'],
  ['Arabic letter mark', 'a\u061c', '061C'],
  ['Hangul filler', '\u3164', '3164'],
  ['blank Braille', '\u2800', '2800'],
  ['tag', 'a\u{e0061}', 'E0061'],
  ['variation selector', 'a\ufe0f', 'FE0F'],
  ['variation selector of the supplement', 'a\u{e0100}', 'E0100'],
  ['annotation', 'a\ufff9b', 'FFF9'],
])('a name without: %s', (_what, given, code) =>
  expect(check(given)).toBe(`must not contain characters that cannot be seen (U+${code})`),
);

test.each([
  ['noncharacter', 'a\uffff', 'FFFF'],
  ['noncharacter of another plane', 'a\u{10ffff}', '10FFFF'],
  ['unassigned', '\u0378', '0378'],
  ['private', 'a\ue000', 'E000'],
  ['private, of another plane', 'a\u{f0000}', 'F0000'],
])('a name without: %s', (_what, given, code) =>
  expect(check(given)).toBe(`must not contain what is no character for everybody (U+${code})`),
);

test.each([
  ['\u0301', 'must not begin with a mark that has no letter before it (U+0301)'],
  ['\u0301\u0302', 'must not begin with a mark that has no letter before it (U+0301)'],
  ['\u0301a', 'must not begin with a mark that has no letter before it (U+0301)'],
  // The first is composed with its letter.
  [`a${'\u0301'.repeat(7)}`, `\u00e1${'\u0301'.repeat(6)}`],
  [`a${'\u0301'.repeat(8)}`, 'must not have more than six marks on one letter'],
  ['\u1ec7 \u1e0f', '\u1ec7 \u1e0f'],
  ['རྒྱུད་', 'རྒྱུད་'],
  ['ស្ត្រី', 'ស្ត្រី'],
  ['בְּרֵאשִׁ֖ית', 'בְּרֵאשִׁ֖ית'.normalize('NFC')],
])('marks stand on letters: %j', (given, expected) => expect(check(given)).toBe(expected));

test('what else a name is not', () => {
  expect(check(' \u3000 ')).toBe('must not be empty');
  expect(check('a\nb')).toBe('must be one line without control characters');
  expect(check('x'.repeat(31))).toBe('must have at most 30 characters');
  // Counted as it is kept.
  expect(check('e\u0301'.repeat(30))).toBe('\u00e9'.repeat(30));
  expect(tidyName('e\u0301 ')).toBe('\u00e9');
});
