import { Cron } from 'croner';
import fc from 'fast-check';
import { cronProblem, isTimeZone, nextTime, nextTimes } from './schedule.ts';

const times = (cron: string, zone: string, after: string, count: number) =>
  nextTimes(cron, zone, new Date(after), count).map((time) => time.toISOString().replace(':00.000Z', 'Z'));

// [zone, cron, after, the next three]
test.each([
  // The clocks go from 02:00 to 03:00, and from 03:00 to 02:00.
  ['Europe/Berlin', '30 2 * * *', '2026-03-28T12:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:30Z', '2026-03-31T00:30Z']],
  ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z', '2026-10-27T01:30Z']],
  [
    'Europe/Berlin',
    '0,30 2 * * *',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00Z', '2026-03-30T00:00Z', '2026-03-30T00:30Z'],
  ],
  [
    'Europe/Berlin',
    '0,30 2 * * *',
    '2026-10-25T00:10Z',
    ['2026-10-25T00:30Z', '2026-10-26T01:00Z', '2026-10-26T01:30Z'],
  ],
  ['Europe/Berlin', '0 * * * *', '2026-03-28T23:30Z', ['2026-03-29T00:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z']],
  ['Europe/Berlin', '0 * * * *', '2026-10-24T23:30Z', ['2026-10-25T00:00Z', '2026-10-25T02:00Z', '2026-10-25T03:00Z']],
  // What is asked for within the hour that comes twice has run in the first.
  ['Europe/Berlin', '30 2 * * *', '2026-10-25T01:15Z', ['2026-10-26T01:30Z', '2026-10-27T01:30Z', '2026-10-28T01:30Z']],
  [
    'America/New_York',
    '30 2 * * *',
    '2026-03-07T12:00Z',
    ['2026-03-08T07:00Z', '2026-03-09T06:30Z', '2026-03-10T06:30Z'],
  ],
  [
    'America/New_York',
    '30 1 * * *',
    '2026-10-31T12:00Z',
    ['2026-11-01T05:30Z', '2026-11-02T06:30Z', '2026-11-03T06:30Z'],
  ],
  // Half an hour: from 02:00 to 02:30, and from 02:00 to 01:30.
  [
    'Australia/Lord_Howe',
    '15 2 * * *',
    '2026-10-03T00:00Z',
    ['2026-10-03T15:30Z', '2026-10-04T15:15Z', '2026-10-05T15:15Z'],
  ],
  [
    'Australia/Lord_Howe',
    '45 1 * * *',
    '2026-04-04T00:00Z',
    ['2026-04-04T14:45Z', '2026-04-05T15:15Z', '2026-04-06T15:15Z'],
  ],
  // Never changed.
  ['Asia/Kolkata', '30 2 * * *', '2026-03-28T12:00Z', ['2026-03-28T21:00Z', '2026-03-29T21:00Z', '2026-03-30T21:00Z']],
  ['Asia/Kolkata', '30 2 * * *', '2026-10-24T12:00Z', ['2026-10-24T21:00Z', '2026-10-25T21:00Z', '2026-10-26T21:00Z']],
  // At midnight the clocks go on to one o'clock.
  ['Africa/Cairo', '0 0 * * *', '2026-04-23T12:00Z', ['2026-04-23T22:00Z', '2026-04-24T21:00Z', '2026-04-25T21:00Z']],
  ['UTC', '0 9 * * MON', '2026-11-30T09:00Z', ['2026-12-07T09:00Z', '2026-12-14T09:00Z', '2026-12-21T09:00Z']],
  ['+02:00', '0 0 L 2 *', '2026-11-30T09:00Z', ['2027-02-27T22:00Z', '2028-02-28T22:00Z', '2029-02-27T22:00Z']],
])('%s: %s after %s', (zone, cron, after, next) => expect(times(cron, zone, after, 3)).toEqual(next));

test.each([
  ['30 2 * * *', null],
  ['@daily', null],
  ['0 0 29 2 *', null],
  ['0 0 31 2 *', /never happens/],
  ['0 0 * * * *', /five fields/],
  ['* * * *', /five fields/],
  ['61 * * * *', /minute: 61/],
  ['', /five fields/],
])('%j as an expression', (cron, problem) => {
  if (problem === null) expect(cronProblem(cron)).toBeNull();
  else expect(cronProblem(cron)).toMatch(problem);
});

test('zones are those of the database, and offsets', () =>
  expect(['Europe/Berlin', '+05:30', 'UTC', 'Mars/Base', ''].map(isTimeZone)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]));

const ZONES = [
  'Europe/Berlin',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Gaza',
];
const MINUTE = 60_000;

/** The rule by itself: a clock on the wall, looked at each minute. */
function reference(cron: string, zone: string, from: number, to: number): number[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const shownAt = (moment: number) => Date.parse(`${format.format(moment).replace(' ', 'T')}Z`);
  const pattern = new Cron(cron, { timezone: 'UTC', paused: true, mode: '5-part' });
  const runs: number[] = [];
  let latest = shownAt(from);
  for (let moment = from + MINUTE; moment <= to; moment += MINUTE) {
    const shown = shownAt(moment);
    // Earlier than it has been: shown for the second time.
    if (shown <= latest) continue;
    const wanted = pattern.nextRun(new Date(latest))?.getTime() ?? Infinity;
    if (wanted <= shown) runs.push(moment);
    latest = shown;
  }
  return runs;
}

/** Days on which the clocks of the zone change, with the day before and the one after. */
function change(zone: string, year: number, which: number): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offset = (day: number) => format.format(day).split('GMT')[1];
  const days = Array.from({ length: 365 }, (_, day) => Date.UTC(year, 0, 1) + day * 86_400_000);
  const changes = days.filter((day) => offset(day) !== offset(day + 86_400_000));
  return changes[which % Math.max(1, changes.length)] ?? days[which] ?? 0;
}

test('every schedule runs as a clock on the wall says, on days on which clocks change', () => {
  const list = (max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 1, max: max === 59 ? 40 : 12 }).map((step) => `*/${step}`),
      fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 }).map(String),
    );
  const cron = fc.tuple(list(59), list(23)).map(([minute, hour]) => `${minute} ${hour} * * *`);
  fc.assert(
    fc.property(
      cron,
      fc.constantFrom(...ZONES),
      fc.integer({ min: 2024, max: 2031 }),
      fc.integer({ min: 0, max: 3 }),
      (text, zone, year, which) => {
        const from = change(zone, year, which) - 3 * 3_600_000;
        const to = from + 32 * 3_600_000;
        const runs: number[] = [];
        let next = nextTime(text, zone, new Date(from));
        while (next && next.getTime() <= to) {
          runs.push(next.getTime());
          next = nextTime(text, zone, next);
        }
        expect(runs).toEqual(reference(text, zone, from, to));
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);
