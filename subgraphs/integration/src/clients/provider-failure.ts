import { retryAfterMs } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { failureDetail } from './failure-detail.ts';

/** What a provider said when it did not do what it was asked for. */
export interface Refusal {
  /** As a sentence begins with it, e.g. `The storage`. */
  readonly who: string;
  readonly status: number;
  readonly headers: Headers;
  /** The provider’s own word for it. */
  readonly word: string | null;
  readonly detail: string | null;
  /** What the word means, where the status does not say it. */
  readonly means?: 'AUTHENTICATION' | 'LATER' | undefined;
  /** Doing it twice is like doing it once. */
  readonly repeatable: boolean;
}

/** A no is no fault of a provider; not being able to is, and counts for the circuit breaker. */
export function providerFailure({ who, status, headers, word, detail, means, repeatable }: Refusal): CallError {
  const said = failureDetail([word, detail?.trim().replace(/\.$/, '')].filter(Boolean).join(': '));
  const message = `${who} answered ${status}${said ? ` ${said}` : ''}.`;
  const no = (code: string) => new CallError(code, message, { retryable: false, fault: false, status });
  const asked = retryAfterMs(headers.get('retry-after'));
  if (status === 429 || means === 'LATER') {
    // It has done nothing, and it works.
    const wait = asked ?? 1_000;
    return new CallError('TOO_MANY_REQUESTS', message, { retryable: true, fault: false, retryAfterMs: wait, status });
  }
  if (status === 401 || means === 'AUTHENTICATION') return no('AUTHENTICATION');
  if (status === 403) return no('ACCESS_DENIED');
  if (status === 404) return no('NOT_FOUND');
  const fault = status >= 500 || status === 408;
  return new CallError('HTTP_STATUS', message, {
    retryable: fault && repeatable,
    fault,
    status,
    ...(fault && asked !== undefined ? { retryAfterMs: asked } : {}),
  });
}

export const unusableAnswer = (who: string, detail: string, cause?: unknown): CallError =>
  new CallError('INVALID_OUTPUT', `${who}’s answer cannot be used: ${failureDetail(detail)}.`, {
    ...{ retryable: false, fault: false, cause },
  });
