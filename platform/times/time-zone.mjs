// What is a time zone, the same rule for everything that takes one as text. Plain JavaScript: used in the sandbox too.

import { LRUCache } from 'lru-cache';

const OFFSET = /^([+-])(\d\d):?([0-5]\d)$/;
const MAX_OFFSET_HOURS = 14;
/** As the library for languages writes it: `GMT`, `GMT+02:00`, long ago `GMT-00:44:30`. */
const WRITTEN = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;
const MAX_QUOTED = 80;

const named = new LRUCache({ max: 100 });

export function zoneOffset(zone, milliseconds) {
  const [, sign, hours, minutes] = (typeof zone === 'string' && OFFSET.exec(zone)) || [];
  if (sign !== undefined) {
    const offset = Number(hours) * 60 + Number(minutes);
    return offset <= MAX_OFFSET_HOURS * 60 ? signed(sign, offset) : NaN;
  }
  if (zone === 'Z') return 0;
  const format = formatOf(zone);
  if (!format) return NaN;
  const [, way, ...parts] = WRITTEN.exec(format.format(milliseconds)) ?? [];
  if (way === undefined) return 0;
  const [h, m, s = 0] = parts.map((part) => Number(part ?? 0));
  return signed(way, h * 60 + m + s / 60);
}

const signed = (sign, offset) => (sign === '-' && offset > 0 ? -offset : offset);

function formatOf(zone) {
  // Names of the time zone database only: the library takes offsets too, in newer versions.
  if (typeof zone !== 'string' || !/^[a-z]/i.test(zone)) return undefined;
  let format = named.get(zone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    } catch {
      return undefined;
    }
    named.set(zone, format);
  }
  return format;
}

export function notAZone(zone) {
  const text = (JSON.stringify(zone) ?? String(zone)).slice(0, MAX_QUOTED);
  return `${text} is not a time zone, e.g. "Europe/Amsterdam" or "+02:00"`;
}
