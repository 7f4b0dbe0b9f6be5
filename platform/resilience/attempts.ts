import { DelegateBackoff, handleWhen, retry, TaskCancelledError, timeout, TimeoutStrategy } from 'cockatiel';
import { CallError } from './call-error.ts';
import type { CallPolicy, RetryRules } from './call-policy.ts';

/** One attempt of a call. Throws `CallError` for failures of the dependency; any other error is a bug. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T>;

export interface AttemptOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called at the beginning of each attempt. */
  readonly onAttempt?: (() => void) | undefined;
  /** False when the work may take as long as it likes, so that a missed deadline says nothing of the dependency. */
  readonly timeoutIsFault?: boolean | undefined;
}

/** Exponential backoff with jitter (half to the whole delay); longer when the dependency asks for it. */
export function waitBefore(attempt: number, rules: RetryRules, asked: number | undefined): number {
  const whole = Math.min(rules.maxDelayMs, rules.initialDelayMs * 2 ** (attempt - 1));
  return Math.max(whole * (0.5 + Math.random() / 2), asked ?? 0);
}

/**
 * A call with retries, within its timeout. Only retryable failures are retried, and not if the dependency asks for a delay
 * beyond the timeout.
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

  return async <T>(work: Attempt<T>, { signal, onAttempt, timeoutIsFault = true }: AttemptOptions): Promise<T> => {
    const attempt = async (within: AbortSignal) => {
      within.throwIfAborted();
      onAttempt?.();
      try {
        return await work(within);
      } catch (error) {
        // Work that looks at the signal fails in its own words, before or after cockatiel notices.
        throw within.aborted ? new TaskCancelledError() : error;
      }
    };
    try {
      return await limited.execute(({ signal: within }) => repeated.execute(() => attempt(within), within), signal);
    } catch (error) {
      if (signal?.aborted) throw new CallError('ABORTED', 'The call was stopped.', { retryable: true, fault: false });
      if (!(error instanceof TaskCancelledError)) throw error;
      const message = `No complete answer within ${timeoutMs} ms.`;
      throw new CallError('TIMEOUT', message, { retryable: true, fault: timeoutIsFault, cause: error });
    }
  };
}
