import jsonata from 'jsonata';
import { notATime, readTime } from '../times/read-time.mjs';
import { notAZone, zoneOffset } from '../times/time-zone.mjs';

// Functions of JSONata that give something for what is no time or no number, made to refuse it.

/** The library's own function. */
function own(name) {
  const found = jsonata(`$${name}`).evaluate(null);
  return async function (...given) {
    return (await found).implementation.apply(this, given);
  };
}
const toMillis = own('toMillis');
const fromMillis = own('fromMillis');
const formatNumber = own('formatNumber');

const MAX_MILLISECONDS = 8.64e15;
const MINUTE = 60_000;
/** Of pictures. */
const WRITES_ZONE = /\[\s*[Zz]/;
/** JSONata knows years and months too. */
const YEAR_OR_MONTH = /^\d{4}(?:-\d\d)?$/;
/** And zones without a colon. */
const ZONE_DIGITS = /^(\d{4}-\d\d-\d\dT.*[+-]\d\d)(\d\d)$/;

/** Their signatures are those of the library. */
const STRICT = [
  ['toMillis', '<s-s?:n>', strictToMillis],
  ['fromMillis', '<n-s?s?:s>', strictFromMillis],
  ['now', '<s?s?:s>', strictNow],
  ['formatNumber', '<n-so?:s>', strictFormatNumber],
];

export function refuseWhatIsNone(expression) {
  for (const [name, signature, run] of STRICT) expression.registerFunction(name, run, signature);
  expression.assign(Symbol.for('jsonata.__evaluate_exit'), refuseNonFinite);
}

/** What the library calls with each part of an expression and its value: a comparison would decide on a number that is none. */
function refuseNonFinite({ type, value, position }, _input, _environment, result) {
  if (type !== 'binary' || typeof result !== 'number' || Number.isFinite(result)) return;
  const message = `the result of ${value} is a number that is none: ${result}, as a division by zero gives it`;
  throw Object.assign(new Error(message), { position: position - value.length });
}

function strictToMillis(text, picture) {
  if (text === undefined) return toMillis.call(this, text, picture);
  if (picture !== undefined) return readAsPictured(this, text, picture);
  const time = YEAR_OR_MONTH.test(text) ? Date.parse(text) : readTime(text.replace(ZONE_DIGITS, '$1:$2'));
  if (Number.isNaN(time)) throw new Error(notATime(text));
  return time;
}

const ZONE_AT_END = /([+-])(\d\d):?(\d\d)$/;

/** The library counts on from days that are none, e.g. to 2 March: what is meant reads the same when it is written again. */
async function readAsPictured(context, text, picture) {
  const read = await toMillis.call(context, text, picture);
  if (typeof read !== 'number' || Number.isNaN(read)) throw notAsPictured(text, picture);
  const [zone, sign, , minutes] = (WRITES_ZONE.test(picture) && ZONE_AT_END.exec(text)) || [];
  // Other spellings of zones are not written again as they were read.
  if (zone === undefined && WRITES_ZONE.test(picture)) return read;
  // The library reads -03:30 as three hours less thirty minutes.
  const time = sign === '-' ? read + 2 * Number(minutes) * MINUTE : read;
  const again = await strictFromMillis.call(context, time, picture, zone);
  if (partsOf(again) !== partsOf(text)) throw notAsPictured(text, picture);
  return time;
}

/** Numbers without zeros before them, and words in any case. */
const partsOf = (text) =>
  (text.match(/\d+|\p{L}+/gu) ?? []).map((part) => part.toLowerCase().replace(/^0+(?=\d)/, '')).join(' ');

const notAsPictured = (text, picture) =>
  new Error(`${JSON.stringify(text)} is not a time as ${JSON.stringify(picture)} says`);

function strictFromMillis(milliseconds, picture, zone) {
  if (Math.abs(milliseconds) > MAX_MILLISECONDS || Number.isNaN(milliseconds)) {
    throw new Error(`${milliseconds} is not a time: milliseconds since 1970, at most ${MAX_MILLISECONDS}`);
  }
  if (milliseconds === undefined || zone === undefined) return fromMillis.call(this, milliseconds, picture);
  return writeInZone(this, milliseconds, picture, zone);
}

/** The time of the evaluation, the same wherever it is asked for. */
function strictNow(picture, zone) {
  return strictFromMillis.call(this, this.environment.timestamp.getTime(), picture, zone);
}

/** The library reads four digits as a zone, anything else as a wrong one: it gets the time of the zone, and those digits. */
function writeInZone(context, milliseconds, picture, zone) {
  const offset = zoneOffset(zone, milliseconds);
  if (Number.isNaN(offset)) throw new Error(notAZone(zone));
  const whole = Math.trunc(offset);
  const moved = milliseconds + (offset - whole) * MINUTE;
  if (picture !== undefined && !WRITES_ZONE.test(picture)) {
    return fromMillis.call(context, milliseconds + offset * MINUTE, picture);
  }
  return fromMillis.call(context, moved, picture, digitsOf(whole, zone));
}

/** Where an offset is negative and has minutes, the library takes an hour too much off, which is given back here. */
function digitsOf(offset, zone) {
  const hours = Math.trunc(Math.abs(offset) / 60);
  const minutes = Math.abs(offset) % 60;
  if (offset >= 0) return String(hours * 100 + minutes);
  if (minutes === 0) return String(-hours * 100);
  if (hours === 0)
    throw new Error(`${zone} is less than an hour behind UTC then, which cannot be written as an offset`);
  return String(-((hours - 1) * 100 + minutes));
}

function strictFormatNumber(number, picture, options) {
  if (number !== undefined && !Number.isFinite(number)) {
    throw new Error(`${number} is no number that could be formatted, as a division by zero gives it`);
  }
  return formatNumber.call(this, number, picture, options);
}
