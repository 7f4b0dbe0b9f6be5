import { retryAfterMs } from '@flowmesh/platform/http';
import { DeliveryFailure } from '../channel-adapter.ts';

/** `Retry-After`, else the moment (in seconds) at which a full window of calls begins anew. */
function waitOf(headers: Headers): number | undefined {
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  const untilReset = Number.isFinite(reset) ? Math.max(0, reset * 1000 - Date.now()) : undefined;
  return retryAfterMs(headers.get('retry-after')) ?? untilReset;
}

/** What the status of a provider's API means, when its words say nothing more exact. */
export function rejectedByProvider(message: string, status: number, headers: Headers): DeliveryFailure {
  const byProvider = (code: string, wait?: number) =>
    new DeliveryFailure(message, { code, retryable: true, blame: 'provider', retryAfterMs: wait });
  if (status === 401 || status === 403) return byProvider('AUTHENTICATION');
  // No credit, no such domain or account: another provider may do.
  if (status === 402 || status === 404) return byProvider('CONFIGURATION');
  if (status === 429) return byProvider('RATE_LIMITED', waitOf(headers));
  if (status === 408 || status >= 500) return byProvider('UNAVAILABLE', waitOf(headers));
  // Redirects are not followed, and nothing but the documented success is one.
  if (status < 400) return byProvider('CONFIGURATION');
  return new DeliveryFailure(message, { code: status === 413 ? 'TOO_LARGE' : 'REJECTED', retryable: false });
}
