import type { GuardedHttpError } from '@flowmesh/platform/http';
import { retryAfterMs } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';
import { failureDetail } from '../failure-detail.ts';

/** What the network says when no connection was made: nothing was asked of the service. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']).add(
  'UND_ERR_CONNECT_TIMEOUT',
);

function wasNeverConnected(error: unknown): boolean {
  let at = error as { readonly code?: unknown; readonly cause?: unknown } | null | undefined;
  for (let depth = 0; at && depth < 10; depth += 1) {
    if (NEVER_CONNECTED.has(String(at.code))) return true;
    at = at.cause as typeof at;
  }
  return false;
}

/** A call without an answer. `repeatable`: doing it twice is like doing it once. */
export function connectionFailure(error: GuardedHttpError, repeatable: boolean): CallError {
  const away = error.code === 'CONNECTION' || error.code === 'TIMEOUT';
  const retryable = away && (repeatable || wasNeverConnected(error));
  return new CallError(error.code, error.message, { retryable, fault: away, cause: error });
}

/** An answer that says that the call failed. */
export async function statusFailure(response: Response, repeatable: boolean): Promise<CallError> {
  const { status } = response;
  const detail = failureDetail(await response.text().catch(() => ''));
  const redirect =
    status >= 300 && status < 400 ? ' Redirects are not followed: give the address that it redirects to.' : '';
  const message = `The service answered ${status}${detail ? `: ${detail}` : '.'}${redirect}`;
  const asked = retryAfterMs(response.headers.get('retry-after'));
  if (status === 429) {
    // It has done nothing, and it works.
    return new CallError('TOO_MANY_REQUESTS', message, {
      retryable: true,
      fault: false,
      retryAfterMs: asked ?? 1_000,
      status,
    });
  }
  const fault = status >= 500 || status === 408;
  return new CallError('HTTP_STATUS', message, {
    retryable: fault && repeatable,
    fault,
    status,
    ...(fault && asked !== undefined ? { retryAfterMs: asked } : {}),
  });
}
