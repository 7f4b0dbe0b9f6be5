import { DelegateBackoff, handleWhen, retry, TaskCancelledError, timeout, TimeoutStrategy } from 'cockatiel';
import { CallError } from './call-error.ts';
import type { CallPolicy, RetryRules } from './call-policy.ts';

/** One attempt of a call. Throws `CallError` for failures of the dependency; any other error is a bug. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T>;

/** Exponential backoff with jitter (half to the whole delay); longer when the dependency asks for it. */
export function waitBefore(attempt: number, rules: RetryRules, asked: number | undefined): number {
  const whole = Math.min(rules.maxDelayMs, rules.initialDelayMs * 2 ** (attempt - 1));
  return Math.max(whole * (0.5 + Math.random() / 2), asked ?? 0);
}

/**
 * A call with retries, within its timeout. Only retryable failures are retried, and not if the dependency asks for a delay
 * beyond the timeout. `attempts` is the number of attempts made.
 */
export function createAttempts({ timeoutMs, retry: rules }: Pick<CallPolicy, 'timeoutMs' | 'retry'>) {
  const worthIt = (error: Error) =>
    error instanceof CallError && error.retryable && (error.retryAfterMs ?? 0) < timeoutMs;
  const repeated = retry(handleWhen(worthIt), {
    maxAttempts: rules.maxAttempts - 1,
    backoff: new DelegateBackoff(({ attempt, result }) => {
      const asked = 'error' in result && result.error instanceof CallError ? result.error.retryAfterMs : undefined;
      return waitBefore(attempt, rules, asked);
    }),
  });
  const limited = timeout(timeoutMs, TimeoutStrategy.Aggressive);

  return async <T>(work: Attempt<T>, signal: AbortSignal | undefined, onAttempt: () => void): Promise<T> => {
    try {
      return await limited.execute(
        ({ signal: within }) =>
          repeated.execute(() => {
            within.throwIfAborted();
            onAttempt();
            return work(within);
          }, within),
        signal,
      );
    } catch (error) {
      if (signal?.aborted) throw new CallError('ABORTED', 'The call was stopped.', { retryable: true, fault: false });
      if (!(error instanceof TaskCancelledError)) throw error;
      const message = `No complete answer within ${timeoutMs} ms.`;
      throw new CallError('TIMEOUT', message, { retryable: true, fault: true, cause: error });
    }
  };
}
