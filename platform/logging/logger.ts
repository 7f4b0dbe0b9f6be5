import { AsyncLocalStorage } from 'node:async_hooks';
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { SECRET_NAMES } from './secret-names.ts';
import { textDestination } from './text-destination.ts';

export type Logger = PinoLogger;

/** What every log line of a piece of work carries, across hops, queues and workers. */
export interface LogContext {
  readonly requestId: string;
}

const context = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that each log line it writes carries the context. */
export function withLogContext<T>(value: LogContext, work: () => T): T {
  return context.run(value, work);
}

export function currentRequestId(): string | undefined {
  return context.getStore()?.requestId;
}

const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

export interface LoggerOptions {
  readonly level: string;
  readonly name: string;
  /** Default `json`. */
  readonly format?: 'json' | 'text' | undefined;
}

/**
 * Structured log on standard output, or `destination`: one JSON object a line, or for people a line of text. Secrets by their usual
 * names are masked.
 */
export function createLogger({ level, name, format = 'json' }: LoggerOptions, destination?: DestinationStream): Logger {
  const options = {
    name,
    level,
    redact: { paths: SECRET_PATHS, censor: '•••' },
    // A copy: pino writes the fields of the line into it, and the next line must not have them.
    mixin: () => ({ ...context.getStore() }),
  };
  if (destination) return pino(options, destination);
  return format === 'text' ? pino(options, textDestination()) : pino(options);
}
