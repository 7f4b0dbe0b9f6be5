export {
  createLogger,
  currentRequestId,
  withLogContext,
  type LogContext,
  type Logger,
  type LoggerOptions,
} from './logger.ts';
export { warnSeldom, type WarnSeldom } from './seldom.ts';
