import { plainText } from '@flowmesh/platform/validation';

/** From the least to the most severe. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_SOURCES = ['ENGINE', 'MODEL', 'TOOL', 'AGENT'] as const;
export type LogSource = (typeof LOG_SOURCES)[number];

/** What is to be written; its number and its execution are known to whoever writes it. */
export interface LogLine {
  readonly time: Date;
  readonly stepId: string | null;
  readonly attempt: number | null;
  readonly level: LogLevel;
  readonly source: LogSource;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly agentExecutionId: string | null;
  /** The same whenever the line arrives; null for what is written once anyway. */
  readonly origin: string | null;
}

/** Lines of one execution that are kept; what follows is counted. */
export const MAX_LINES = 10_000;
const MAX_MESSAGE_BYTES = 4_096;
const MAX_DATA_BYTES = 4_096;
const CUT = ' …';

/** Neither terminals nor the database stumble over it: a line has at most 8 KB, and of control characters only line ends and tabs. */
export function tidyLine<Line extends Pick<LogLine, 'message' | 'data'>>(line: Line): Line {
  return { ...line, message: tidyText(line.message), data: tidyData(line.data) };
}

function tidyText(text: string): string {
  const clean = plainText(text.slice(0, MAX_MESSAGE_BYTES));
  const bytes = Buffer.from(clean);
  if (bytes.length <= MAX_MESSAGE_BYTES && text.length <= MAX_MESSAGE_BYTES) return clean;
  // What is left of a character at the end goes too.
  const kept = bytes.subarray(0, MAX_MESSAGE_BYTES - Buffer.byteLength(CUT)).toString();
  return kept.replace(/\uFFFD$/, '') + CUT;
}

function tidyData(data: LogLine['data']): LogLine['data'] {
  if (data === null) return null;
  const json = JSON.stringify(data);
  if (Buffer.byteLength(json) > MAX_DATA_BYTES) return { omitted: `${Buffer.byteLength(json)} bytes` };
  return UNSTORABLE.test(json) ? { omitted: 'characters that cannot be stored' } : data;
}

/** PostgreSQL stores neither NUL nor half a surrogate pair in JSON. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
