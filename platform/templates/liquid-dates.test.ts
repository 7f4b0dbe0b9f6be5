import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { closeSandbox } from '../sandbox/index.ts';
import { renderTemplate } from './index.ts';

afterAll(closeSandbox);

const NOON = '2026-01-31T12:34:56.789Z';
const format = (directives: string, value: unknown = NOON, zone = 'UTC') =>
  renderTemplate('{{ value | date: format, zone }}', { value, format: directives, zone });

test.each([
  ['%F', '2026-01-31'],
  ['%T', '12:34:56'],
  ['%D', '01/31/26'],
  ['%R', '12:34'],
  ['%r', '12:34:56 PM'],
  ['%v', '31-JAN-2026'],
  ['%G-W%V-%u', '2026-W05-6'],
  ['%g', '26'],
  ['%-V %_V %3V', '5  5 005'],
  // As the machine is set up, they would be.
  ['%c', 'Sat Jan 31 12:34:56 2026'],
  ['%x %X', '01/31/26 12:34:56'],
  ['%+', 'Sat Jan 31 12:34:56 UTC 2026'],
  ['%%F %%V %n%t|%L %-d %^b %e', '%F %V \n\t|789 31 JAN 31'],
])('%j gives %j', async (directives, expected) => expect(await format(directives)).toBe(expected));

test('zones, their summer time, and what is no date', async () => {
  expect(await format('%F %T %z', '2026-03-29T00:59:59Z', 'Europe/Amsterdam')).toBe('2026-03-29 01:59:59 +0100');
  expect(await format('%F %T %z', '2026-03-29T01:00:00Z', 'Europe/Amsterdam')).toBe('2026-03-29 03:00:00 +0200');
  expect(await format('%F %G-%V', '2026-12-31T23:30:00Z', 'Europe/Amsterdam')).toBe('2027-01-01 2026-53');
  // Without a zone of its own a text is in UTC.
  expect(await format('%F %T', '2026-03-08T02:30:00')).toBe('2026-03-08 02:30:00');
  expect(await format('%F', '2026-03-08')).toBe('2026-03-08');
  expect(await format('%F', '')).toBe('');
  expect(await format('%R %z', '2026-03-08T02:30:00', '+02:00')).toBe('04:30 +0200');
  expect(await format('%R %z', '2026-03-08T02:30:00', '-0330')).toBe('23:00 -0330');
  expect(await format('%R', '2026-03-08T02:30:00', 'Z')).toBe('02:30');
  expect(await format('%Y', 'now')).toMatch(/^20\d\d$/);
  expect(await format('%F %V', null)).toBe('');
  expect(await format('%s %F', 0)).toBe('0 1970-01-01');
});

test.each([
  ['2026-02-30', '"2026-02-30"'],
  ['March 7', '"March 7"'],
  ['5', '"5"'],
  ['no date', '"no date"'],
  [[1, 2], '[1,2]'],
  [true, 'true'],
  [8.64e12 + 1, '8640000000001'],
])('%j is refused as a time', async (value, named) => {
  const message = `${named} is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z, or seconds since 1970`;
  const matching = { code: 'RENDER', message, line: 1 };
  await expect(format('%F', value)).rejects.toMatchObject(matching);
  await expect(renderTemplate('{{ value | date: "%F" }}', { value })).rejects.toMatchObject(matching);
  await expect(renderTemplate('{{ value | date_to_xmlschema }}', { value })).rejects.toMatchObject(matching);
});

test.each([
  ['YYYY-MM-DD', 'UTC', '"YYYY-MM-DD" has no part of a date, e.g. %Y-%m-%d'],
  ['', 'UTC', '"" has no part of a date, e.g. %Y-%m-%d'],
  ['%F %K', 'UTC', '%K is no part of a date; %% is the sign itself'],
  ['%F', '+2', '"+2" is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'],
  ['%F', 120, '120 is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"'],
])('a picture or zone that is none: %j %j', (directives, zone, message) =>
  expect(
    renderTemplate('{{ value | date: format, zone }}', { value: NOON, format: directives, zone }),
  ).rejects.toMatchObject({ code: 'RENDER', message }),
);

test('dates are written as the C library writes them', async () => {
  const directives = '%F %V %G %g %u %j %T %D %R %r %c %x %X %h %C';
  const days = fc.sample(
    fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
    200,
  );
  const moments = [
    ...days,
    // Where weeks and years do not end together.
    ...Array.from({ length: 40 }, (_, year) =>
      [-2, -1, 0, 1, 2, 3].map((day) => new Date(Date.UTC(1990 + year, 0, day))),
    ).flat(),
  ].map((moment) => `${moment.toISOString().slice(0, 19)}Z`);
  const reference = execFileSync('date', ['--file=-', `+${directives}`], {
    input: moments.join('\n'),
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
  });
  const text = `{{ moment | date: "${directives}" }}\n`;
  const ours: string[] = [];
  for (const moment of moments) ours.push(await renderTemplate(text, { moment }));
  expect(ours.join('').split('\n')).toEqual(reference.split('\n'));
});
