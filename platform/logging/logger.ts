import { AsyncLocalStorage } from 'node:async_hooks';
import { pino, type Logger as PinoLogger } from 'pino';

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

const SECRET_PATHS = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'apiKey',
  'secret',
  'signingSecret',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** Structured log, one JSON object a line on standard output; secrets by their usual names are masked. */
export function createLogger(options: { readonly level: string; readonly name: string }): Logger {
  return pino({
    name: options.name,
    level: options.level,
    redact: { paths: SECRET_PATHS, censor: '•••' },
    mixin: () => context.getStore() ?? {},
  });
}
