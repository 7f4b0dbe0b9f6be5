import { ExpressionError } from '@flowmesh/platform/expressions';
import { notATime, readTime } from '@flowmesh/platform/times';

// Which values of `until` are times: a date without quotes is a calculation (2026-12-25 is 1989), and a small number is
// no time that anybody waits for.

const EARLIEST_NUMBER = Date.UTC(2000, 0, 1);
const EXAMPLE = '2026-01-31T12:00:00Z';

const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** Numbers as a day or an hour has them between them: 2026-12-25, 25.12.2026, 12/25/2026, 10:30. */
const DAY_OR_HOUR = /^\d{1,4}(?:([-/.])\d{1,2}\1\d{1,4}|:\d\d)(?:[T\s:+.\-].*|Z)?$/is;
const TEXT = /^("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')$/s;

/** What is wrong with an expression that is a time written out, or is meant to be; null when nothing is. */
export function untilProblem(expression: string): string | null {
  const text = expression.trim();
  if (NUMBER.test(text)) return isPlausible(Number(text)) ? null : inQuotes(EXAMPLE);
  if (DAY_OR_HOUR.test(text)) return inQuotes(Number.isNaN(readTime(text)) ? EXAMPLE : text);
  if (!TEXT.test(text) || text.includes('\\')) return null;
  const written = text.slice(1, -1);
  return Number.isNaN(readTime(written)) ? notATime(written) : null;
}

const inQuotes = (time: string) => `is no time as it stands: write it in quotes: "${time}" with the quotes`;

const isPlausible = (milliseconds: number) => milliseconds >= EARLIEST_NUMBER;

/** Milliseconds since 1970. Throws ExpressionError for what is no time. */
export function timeOf(result: unknown): number {
  if (typeof result !== 'number') {
    const time = readTime(result);
    if (Number.isNaN(time)) throw notUsable(`the result ${notATime(result)}, or milliseconds since 1970`);
    return time;
  }
  if (isPlausible(result)) return result;
  throw notUsable(
    `the result ${result} is not a time: numbers are milliseconds since 1970, from the year 2000 on; a date is written in quotes`,
  );
}

const notUsable = (message: string) => new ExpressionError('EVALUATION', message);
