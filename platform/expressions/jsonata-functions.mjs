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
  if (text === undefined || picture !== undefined) return toMillis.call(this, text, picture);
  const time = YEAR_OR_MONTH.test(text) ? Date.parse(text) : readTime(text.replace(ZONE_DIGITS, '$1:$2'));
  if (Number.isNaN(time)) throw new Error(notATime(text));
  return time;
}

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
