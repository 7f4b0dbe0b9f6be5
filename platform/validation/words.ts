import { z } from 'zod';

// What is told of an input that has no message of its own: in the words of all others, for people who write clients and
// know nothing of the library. Valid for the whole process as soon as anything of this folder is imported.

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a moment',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a moment, e.g. 2026-01-31T12:00:00Z',
  date: 'a day, e.g. 2026-01-31',
  time: 'a time of the day, e.g. 12:00:00',
  email: 'an e-mail address, e.g. ada@example.com',
  url: 'a URL',
  uuid: 'a UUID',
  base64: 'Base64',
  json_string: 'JSON',
};

const UNITS: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  map: 'entries',
};

const numeral = (value: number | bigint) => value.toLocaleString('en');

function limit(origin: string, most: boolean, bound: number | bigint, inclusive: boolean): string {
  const unit = UNITS[origin];
  if (unit === undefined) {
    const than = most ? (inclusive ? 'at most' : 'less than') : inclusive ? 'at least' : 'more than';
    // A moment is told as one writes it.
    const shown = origin === 'date' ? new Date(Number(bound)).toISOString() : numeral(bound);
    return `must be ${than} ${shown}`;
  }
  if (!most && Number(bound) === 1) return 'must not be empty';
  return `must have ${most ? 'at most' : 'at least'} ${numeral(bound)} ${unit}`;
}

function choice(values: readonly unknown[]): string {
  const texts = values.map(String);
  return texts.length < 2 ? `must be ${texts.join('')}` : `must be ${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
}

function words(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return limit(issue.origin, true, issue.maximum, issue.inclusive ?? true);
    case 'too_small':
      return limit(issue.origin, false, issue.minimum, issue.inclusive ?? true);
    case 'invalid_value':
      return choice(issue.values);
    case 'invalid_format':
      return FORMATS[issue.format] === undefined ? 'does not have the right form' : `must be ${FORMATS[issue.format]}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `must not have ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_union':
      return Array.isArray(issue['options']) ? choice(issue['options']) : 'is not right';
    default:
      return 'is not right';
  }
}

z.config({ localeError: words });
