export { createLogger, currentRequestId, withLogContext, type LogContext, type Logger } from './logger.ts';
