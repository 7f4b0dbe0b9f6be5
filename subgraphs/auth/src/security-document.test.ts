import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const FROM_ROOT = /^(gateway|platform|server|tests|docs)\//;
const fileOf = (place: string) =>
  place === 'README.md' ? join(here, '..', place) : join(FROM_ROOT.test(place) ? root : here, place);

const rows = readFileSync(join(here, '../SECURITY.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [\d—]/.test(line));

test('every place that SECURITY.md names is there', () => {
  expect(rows.length).toBeGreaterThan(100);
  const places = rows.flatMap((row) =>
    [...row.matchAll(/`([\w./-]+\.(?:ts|md|graphql))`/g)].map(([, place = '']) => place),
  );
  expect([...new Set(places)].filter((place) => !existsSync(fileOf(place)))).toEqual([]);
});

test('every test that SECURITY.md names is there, by the words of its title', () => {
  const named = rows.flatMap((row) => [...row.matchAll(/`([\w./-]+\.test\.ts)`: “([^”]+)”/g)]);
  expect(named.length).toBeGreaterThan(130);
  // Titles stand in quotes on one line: of a test, a group of them, or a row of a table of tests.
  const missing = named.filter(([, file = '', words = '']) => {
    const lines = readFileSync(fileOf(file), 'utf8').split('\n');
    return !lines.some((line) => line.includes(words) && /['"]|^\s+\w+: (async )?\(\) =>/.test(line));
  });
  expect(missing.map(([all]) => all)).toEqual([]);
  // Each test file is named with words.
  expect(rows.filter((row) => /\.test\.ts`(?!: “)/.test(row))).toEqual([]);
});

test('what is claimed as met names a test; what is not met or not applicable says so', () => {
  const unproven = rows.filter((row) => !/\.test\.ts`: “|\*\*|Not applicable|nothing to call|proxy in front/.test(row));
  expect(unproven).toEqual([]);
});
