// What is a time, the same rule for everything that takes one as text. Plain JavaScript: used in the sandbox too.

const TIME =
  /^(\d{4}-\d\d-\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/;
const MAX_QUOTED = 80;

export function readTime(value) {
  const [text, day, zone] = (typeof value === 'string' && TIME.exec(value)) || [];
  if (text === undefined) return NaN;
  const midnight = new Date(day);
  // A day that is not in the calendar becomes one of the next month.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return NaN;
  return Date.parse(text.length > day.length && zone === undefined ? `${text}Z` : text);
}

export function notATime(value) {
  const text = (JSON.stringify(value) ?? String(value)).slice(0, MAX_QUOTED);
  return `${text} is not a time: ISO 8601, e.g. 2026-01-31T12:00:00Z`;
}
