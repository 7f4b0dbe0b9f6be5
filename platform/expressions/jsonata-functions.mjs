import jsonata from 'jsonata';
import { notATime, readTime } from '../times/read-time.mjs';

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
/** JSONata knows years and months too. */
const YEAR_OR_MONTH = /^\d{4}(?:-\d\d)?$/;
/** And zones without a colon. */
const ZONE_DIGITS = /^(\d{4}-\d\d-\d\dT.*[+-]\d\d)(\d\d)$/;

/** Their signatures are those of the library. */
const STRICT = [
  ['toMillis', '<s-s?:n>', strictToMillis],
  ['fromMillis', '<n-s?s?:s>', strictFromMillis],
  ['formatNumber', '<n-so?:s>', strictFormatNumber],
];

export function refuseWhatIsNone(expression) {
  for (const [name, signature, run] of STRICT) expression.registerFunction(name, run, signature);
}

function strictToMillis(text, picture) {
  if (text === undefined) return toMillis.call(this, text, picture);
  if (picture !== undefined) return readAsPictured(this, text, picture);
  const time = YEAR_OR_MONTH.test(text) ? Date.parse(text) : readTime(text.replace(ZONE_DIGITS, '$1:$2'));
  if (Number.isNaN(time)) throw new Error(notATime(text));
  return time;
}

const ZONE_AT_END = /([+-]\d\d):?(\d\d)$/;

/** The library counts on from days that are none, e.g. to 2 March: what is meant reads the same when it is written again. */
async function readAsPictured(context, text, picture) {
  const time = await toMillis.call(context, text, picture);
  if (typeof time !== 'number' || Number.isNaN(time)) throw notAsPictured(text, picture);
  const [, hours, minutes] = ZONE_AT_END.exec(text) ?? [];
  const names = /\[[Zz]/.test(picture);
  // Other spellings of zones are not written again as they were read.
  if (names && hours === undefined) return time;
  const again = await fromMillis.call(context, time, picture, names ? `${hours}${minutes}` : undefined);
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
  return fromMillis.call(this, milliseconds, picture, zone);
}

function strictFormatNumber(number, picture, options) {
  if (number !== undefined && !Number.isFinite(number)) {
    throw new Error(`${number} is no number that could be formatted, as a division by zero gives it`);
  }
  return formatNumber.call(this, number, picture, options);
}
