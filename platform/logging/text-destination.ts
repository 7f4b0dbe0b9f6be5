import { pino } from 'pino';

interface LogRecord {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly requestId?: string;
}

/** Writes records as `12:30:01 WARN  connection lost: timeout (request 0192…)`; errors and worse with their stack. */
export function textDestination(output: NodeJS.WritableStream = process.stdout): { write(line: string): void } {
  return { write: (line) => void output.write(`${format(JSON.parse(line) as LogRecord)}\n`) };
}

function format({ level, time, msg = '', err, requestId }: LogRecord): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  const label = (pino.levels.labels[level] ?? String(level)).toUpperCase().padEnd(5);
  const reason = err?.message && err.message !== msg ? `: ${err.message}` : '';
  const request = requestId ? ` (request ${requestId})` : '';
  const stack = level >= 50 && err?.stack ? `\n${err.stack}` : '';
  return `${clock} ${label} ${msg}${reason}${request}${stack}`;
}
