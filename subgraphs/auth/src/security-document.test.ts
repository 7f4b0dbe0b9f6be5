import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const FROM_ROOT = /^(gateway|platform|tests|docs)\//;
const fileOf = (place: string) =>
  place === 'README.md' ? join(here, '..', place) : join(FROM_ROOT.test(place) ? root : here, place);

test('every place and every test that SECURITY.md names is there', () => {
  const text = readFileSync(join(here, '../SECURITY.md'), 'utf8');
  const rows = text.split('\n').filter((line) => /^\| [\d—]/.test(line));
  expect(rows.length).toBeGreaterThan(90);
  const places = rows.flatMap((row) =>
    [...row.matchAll(/`([\w./-]+\.(?:ts|md|graphql))`/g)].map(([, place = '']) => place),
  );
  expect([...new Set(places)].filter((place) => !existsSync(fileOf(place)))).toEqual([]);
  // What is claimed as met names a test; what is bold, not needed or not applicable says why instead.
  const unproven = rows.filter((row) => !/\.test\.ts`|\*\*|Not applicable|nothing to call|proxy in front/.test(row));
  expect(unproven).toEqual([]);
});
