import type { Logger } from './logger.ts';

const EVERY_MS = 30_000;

/** Writes a warning, or leaves it out. */
export type WarnSeldom = (fields: object) => void;

/**
 * Rate limit for a warning that every request would log during an outage: logged at once, then at most every 30 s, with the
 * number `leftOut` since the previous one. The suppressed ones are logged as `debug`.
 */
export function warnSeldom(logger: Logger | undefined, message: string, everyMs = EVERY_MS): WarnSeldom {
  let writtenAt = -Infinity;
  let leftOut = 0;
  return (fields) => {
    const now = performance.now();
    if (now - writtenAt < everyMs) {
      leftOut += 1;
      logger?.debug(fields, message);
      return;
    }
    logger?.warn({ ...fields, ...(leftOut > 0 && { leftOut }) }, message);
    writtenAt = now;
    leftOut = 0;
  };
}
