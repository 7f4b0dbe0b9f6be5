export {
  createLogger,
  currentRequestId,
  withLogContext,
  type LogContext,
  type Logger,
  type LoggerOptions,
} from './logger.ts';
export { SECRET_NAMES } from './secret-names.ts';
export { warnSeldom, type WarnSeldom } from './seldom.ts';
