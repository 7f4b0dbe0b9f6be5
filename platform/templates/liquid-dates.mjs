// Ruby's `strftime`, which Liquid's own dates follow, has directives that the library prints as they stand, and three
// that it writes as the machine is set up. Here they are written with those it has.

import { notATime, readTime } from '../times/read-time.mjs';
import { notAZone, zoneOffset } from '../times/time-zone.mjs';

/** As the library reads a directive: flags, width, modifier, letter. */
const DIRECTIVE = /%([-_0^#:]+)?(\d+)?([EO])?(.)/g;

const COMPOSED = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  r: '%I:%M:%S %p',
  v: '%e-%^b-%Y',
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  '+': '%a %b %e %H:%M:%S %Z %Y',
};
/** Of the week by ISO 8601, and the year it belongs to: how wide they are. */
const OF_THE_WEEK = { V: 2, G: 4, g: 2 };
const OF_THE_LIBRARY = new Set('aAbBhCdeHIjklLmMNpPqsSuUwWyYzZtn%');

/** What is wrong with a format; null when nothing is. */
export function dateFormatProblem(format) {
  const parts = [...format.matchAll(DIRECTIVE)];
  if (parts.length === 0) return `${JSON.stringify(format)} has no part of a date, e.g. %Y-%m-%d`;
  const unknown = parts.find(
    ([, , , , letter]) => !(OF_THE_LIBRARY.has(letter) || letter in COMPOSED || letter in OF_THE_WEEK),
  );
  return unknown ? `${unknown[0]} is no part of a date; %% is the sign itself` : null;
}

/** What is wrong with a time zone; null when nothing is. */
export function timeZoneProblem(zone) {
  return Number.isNaN(zoneOffset(zone, 0)) ? notAZone(zone) : null;
}

/** The library takes names, and offsets as JavaScript counts them: minutes that UTC is ahead. */
const toLibraryZone = (zone) => (/^[a-z]{2}/i.test(zone) ? zone : -zoneOffset(zone, 0));

function refuse(problem) {
  if (problem !== null) throw new Error(problem);
}

const NOW = new Set(['now', 'today']);
const MAX_SECONDS = 8.64e12;

/**
 * What the library may read as a time: `now`, seconds since 1970, a text by ISO 8601. Nothing at all stays nothing.
 * Throws for anything else: the library would move days that are not in the calendar, and guess at words.
 */
function toMoment(value) {
  if (value === undefined || value === null || value === '' || NOW.has(value)) return value;
  if (typeof value === 'number' && Math.abs(value) <= MAX_SECONDS) return value;
  const time = readTime(value);
  if (Number.isNaN(time)) throw new Error(`${notATime(value)}, or seconds since 1970`);
  return new Date(time);
}

/** A filter of the library that writes a date, taking only what is one. */
export function ofMoments(libraryFilter) {
  return function (value, ...rest) {
    return libraryFilter.call(this, toMoment(value), ...rest);
  };
}

/** The filter `date`, made of the library's. */
export function dateFilter(libraryDate) {
  return function date(given, format, zone) {
    const value = toMoment(given);
    const isZoned = zone !== undefined && zone !== null;
    if (isZoned) refuse(timeZoneProblem(zone));
    const libraryZone = isZoned ? toLibraryZone(zone) : undefined;
    const write = (directives) => libraryDate.call(this, value, directives, libraryZone);
    if (typeof format !== 'string') return write(format);
    refuse(dateFormatProblem(format));
    let week;
    return write(
      format.replace(DIRECTIVE, (directive, flags = '', width, _modifier, letter) => {
        if (letter in COMPOSED) return COMPOSED[letter];
        if (!(letter in OF_THE_WEEK)) return directive;
        week ??= isoWeek(write('%Y-%j-%u'));
        // What is no date is given back whole, whatever the format.
        if (!week) return directive;
        const least = flags.includes('-') ? 0 : Number(width ?? OF_THE_WEEK[letter]);
        return String(week[letter]).padStart(Math.min(least, MAX_WIDTH), flags.includes('_') ? ' ' : '0');
      }),
    );
  };
}

/** Of a number; the library refuses wide ones of its own by the memory they take. */
const MAX_WIDTH = 100;

function isoWeek(text) {
  const [, sign, ...parts] = /^(-?)(\d{4,6})-(\d{3})-(\d)$/.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const [years, day, weekday] = parts.map(Number);
  const year = sign ? -years : years;
  const week = Math.floor((day - weekday + 10) / 7);
  const [of, number] = week < 1 ? [year - 1, weeksIn(year - 1)] : week > weeksIn(year) ? [year + 1, 1] : [year, week];
  return { V: number, G: of, g: ((of % 100) + 100) % 100 };
}

/** A year has 53 weeks when it begins on a Thursday, or ends on one. */
function weeksIn(year) {
  const weekday = (y) => (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)) % 7;
  return weekday(year) === 4 || weekday(year - 1) === 3 ? 53 : 52;
}
