import { retryAfterMs } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';

const MAX_DETAIL_CHARACTERS = 500;

/** What a provider said when it did not do what it was asked for. */
export interface StorageRefusal {
  readonly status: number;
  readonly headers: Headers;
  /** The provider’s own word for it. */
  readonly word: string | null;
  readonly detail: string | null;
}

/** Words of S3 for credentials that are not good. */
const LOGIN = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken']);
const SLOW_DOWN = new Set(['SlowDown', 'TooManyRequests', 'rateLimitExceeded']);

/** Everything that is asked of a storage may be asked again. */
export function storageFailure({ status, headers, word, detail }: StorageRefusal): CallError {
  const said = [word, detail?.trim().replace(/\.$/, '')].filter(Boolean).join(': ');
  const message = `The storage answered ${status}${said ? ` ${said.slice(0, MAX_DETAIL_CHARACTERS)}` : ''}.`;
  const no = (code: string) => new CallError(code, message, { retryable: false, fault: false });
  const asked = retryAfterMs(headers.get('retry-after'));
  if (status === 429 || (word !== null && SLOW_DOWN.has(word))) {
    return new CallError('TOO_MANY_REQUESTS', message, { retryable: true, fault: false, retryAfterMs: asked ?? 1_000 });
  }
  if (status === 401 || (word !== null && LOGIN.has(word))) return no('AUTHENTICATION');
  if (status === 403) return no('ACCESS_DENIED');
  if (status === 404) return no('NOT_FOUND');
  const fault = status >= 500 || status === 408;
  return new CallError('HTTP_STATUS', message, {
    retryable: fault,
    fault,
    ...(fault && asked !== undefined ? { retryAfterMs: asked } : {}),
  });
}

export const unusableAnswer = (detail: string, cause?: unknown): CallError =>
  new CallError('INVALID_OUTPUT', `The storage’s answer cannot be used: ${detail.slice(0, MAX_DETAIL_CHARACTERS)}.`, {
    ...{ retryable: false, fault: false, cause },
  });
