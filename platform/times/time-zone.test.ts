import fc from 'fast-check';
import { notAZone, zoneOffset } from './index.ts';

const WINTER = Date.UTC(2026, 0, 1);
const SUMMER = Date.UTC(2026, 6, 1);

test.each([
  ['Europe/Berlin', WINTER, 60],
  ['Europe/Berlin', SUMMER, 120],
  ['America/St_Johns', WINTER, -210],
  ['Asia/Kathmandu', WINTER, 345],
  ['Africa/Monrovia', 0, -44.5],
  ['UTC', SUMMER, 0],
  ['Z', SUMMER, 0],
  ['+02:00', WINTER, 120],
  ['+0200', WINTER, 120],
  ['-03:30', WINTER, -210],
  ['-00:00', WINTER, 0],
  ['+14:00', WINTER, 840],
])('%s at %d is %d minutes ahead', (zone, at, minutes) => expect(zoneOffset(zone, at)).toBe(minutes));

test.each(['+2', '+02', '2', '0200', '+15:00', '+02:60', 'Europe/Nowhere', 'Berlin', '', ' UTC', 120, null, undefined])(
  '%j is none',
  (zone) => expect(zoneOffset(zone, WINTER)).toBe(NaN),
);

test('names are those of the time zone database, whatever the time', () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  const time = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(zone, time, (name, at) => {
      const local = new Date(at.getTime() + zoneOffset(name, at.getTime()) * 60_000);
      const parts = new Intl.DateTimeFormat('en-GB', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' });
      const shown = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium' });
      return parts.format(at) === shown.format(local);
    }),
    { numRuns: 200 },
  );
});

test('is told with what would be one', () =>
  expect(notAZone('+2')).toBe('"+2" is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'));
