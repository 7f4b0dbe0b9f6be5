import { parseInput } from '@flowmesh/platform/validation';
import { canonicalLanguage } from '../templates/languages.ts';
import { updateShape } from './preference-input.ts';
import { canonicalTimeZone } from './time-zone.ts';

test.each([
  ['Europe/Amsterdam', 'Europe/Amsterdam'],
  ['europe/amsterdam', 'Europe/Amsterdam'],
  ['AMERICA/PORT-AU-PRINCE', 'America/Port-au-Prince'],
  ['america/argentina/buenos_aires', 'America/Argentina/Buenos_Aires'],
  ['utc', 'UTC'],
  ['GMT', 'UTC'],
  ['etc/gmt+5', 'Etc/GMT+5'],
  ['us/eastern', 'America/New_York'],
  // Places that were renamed: the runtime knows them by their first name.
  ['Europe/Kyiv', 'Europe/Kyiv'],
  ['asia/kolkata', 'Asia/Kolkata'],
  ['+02:00', null],
  ['Europe/Nowhere', null],
  ['Amsterdam', null],
  ['', null],
  ['x'.repeat(1_000), null],
])('time zone %j', (text, expected) => expect(canonicalTimeZone(text)).toBe(expected));

test.each([
  ['de', 'de'],
  ['DE-at', 'de-AT'],
  ['deu', 'de'],
  ['iw', 'he'],
  ['ZH-hant-tw', 'zh-Hant-TW'],
  ['de-at-1996', 'de-AT-1996'],
  ['tlh', 'tlh'],
  // Of the languages of three letters there are thousands.
  ['aae', 'aae'],
  ['deutsch', null],
  ['english', null],
  ['xx', null],
  ['de_AT', null],
  ['x-klingon', null],
  ['', null],
  [`de-${'a'.repeat(40)}`, null],
])('language %j', (text, expected) => expect(canonicalLanguage(text)).toBe(expected));

test('inputs keep what is meant, and say what would be right', () => {
  expect(updateShape.parse({ timeZone: ' europe/amsterdam', language: 'DE-at' })).toMatchObject({
    timeZone: 'Europe/Amsterdam',
    language: 'de-AT',
  });
  const parsed = parseInput(updateShape, {
    timeZone: 'Amsterdam',
    language: 'deutsch',
    quietHours: { from: '9:00', until: '24:00' },
  });
  expect(parsed.ok ? [] : parsed.error.fields).toEqual([
    { path: 'timeZone', message: 'must be an IANA time zone, e.g. Europe/Amsterdam' },
    { path: 'quietHours.from', message: 'must be a time of the day as HH:MM, 00:00 to 23:59' },
    { path: 'quietHours.until', message: 'must be a time of the day as HH:MM, 00:00 to 23:59' },
    { path: 'language', message: 'must be a language tag, e.g. de or de-AT' },
  ]);
});
