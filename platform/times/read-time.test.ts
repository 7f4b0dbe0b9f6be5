import fc from 'fast-check';
import { notATime, readTime } from './index.ts';

test.each([
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2024-02-29T12:00', Date.UTC(2024, 1, 29, 12)],
  ['2026-01-31T12:00:00.5Z', Date.UTC(2026, 0, 31, 12, 0, 0, 500)],
  ['2026-01-31T00:30:00+02:00', Date.UTC(2026, 0, 30, 22, 30)],
])('%s is a time', (text, time) => expect(readTime(text)).toBe(time));

test.each([
  '2026-02-30',
  '2026-02-30T00:00:00Z',
  '2023-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:00:00+0200',
  '2026-01-31 12:00:00Z',
  'March 7',
  '5',
  '',
  5,
  null,
  ['2026-01-31'],
])('%j is none', (value) => expect(readTime(value)).toBe(NaN));

test('every moment that is written is read as it was, and every day after the last of a month is refused', () => {
  const years = { min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true };
  fc.assert(fc.property(fc.date(years), (date) => readTime(date.toISOString()) === date.getTime()));
  const pad = (number: number, width: number) => String(number).padStart(width, '0');
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 9998 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
      const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
      const after = `${pad(year, 4)}-${pad(month, 2)}-${pad(days + 1, 2)}`;
      return Number.isNaN(readTime(after));
    }),
  );
});

test('what is refused is named, not at any length', () => {
  expect(notATime('2026-02-30')).toBe('"2026-02-30" is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z');
  expect(notATime('x'.repeat(1_000)).length).toBeLessThan(150);
});
