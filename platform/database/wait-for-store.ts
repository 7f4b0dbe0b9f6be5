import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { isOutage } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { describeError, errorCode } from './errors.ts';

const PATIENCE_MS = 30_000;
/** A host name that does not exist, and a statement that takes too long: the next attempt would end in the same way. */
const LASTING = new Set(['ENOTFOUND', '57014']);

export interface Patience {
  readonly logger: Logger;
  /** How long attempts are repeated after the first has failed. Default 30,000. */
  readonly patienceMs?: number;
}

/**
 * Does the part of a start that needs a database or Redis, and repeats it while that is away, slow or still starting: whoever
 * starts all of them together need not start them in order. Fails at once for what waiting does not change, such as a wrong
 * password. The work can be repeated after any of its failures.
 */
export async function waitForStore<T>(
  { logger, patienceMs = PATIENCE_MS }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  let giveUpAt: number | undefined;
  const attempts = retry(
    handleWhen((error) => {
      giveUpAt ??= performance.now() + patienceMs;
      return mayPass(error) && performance.now() < giveUpAt;
    }),
    { maxAttempts: Infinity, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 2_000 }) },
  );
  attempts.onRetry((failure) => {
    const reason = describeError('error' in failure ? failure.error : undefined);
    logger.warn(`Trying again for up to ${patienceMs / 1_000} s: ${reason}`);
  });
  return attempts.execute(work);
}

function mayPass(error: Error): boolean {
  const { cause = error } = error;
  return isOutage(error) && !LASTING.has(errorCode(cause) ?? '');
}
