import { GuardedHttpError, type GuardedHttp, type GuardedRequest } from '@flowmesh/platform/http';
import { oneLine } from '@flowmesh/platform/validation';
import { DeliveryFailure, type SendOptions } from './channel-adapter.ts';

/** What a provider or a receiver answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of the body. */
  readonly body: string;
}

/** Far more than an answer that tells something needs; the rest is not read. */
const MAX_READ_BYTES = 64 * 1024;
/** Of other people's words in our messages. */
const MAX_QUOTED = 300;

/** POSTs once. The status decides the result, even if the body is incomplete or never ends. */
export async function post(
  http: GuardedHttp,
  url: string,
  request: Pick<GuardedRequest, 'headers' | 'body'>,
  options: SendOptions & { readonly blame: 'provider' | 'recipient' },
): Promise<Answer> {
  const { signal, deadlineMs, blame } = options;
  try {
    const response = await http.request(url, {
      ...request,
      method: 'POST',
      deadlineMs,
      signal,
      maxBytes: MAX_READ_BYTES,
    });
    const body = await response.text().catch(() => '');
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    throw error instanceof GuardedHttpError ? connectionFailure(error, blame) : error;
  }
}

/** A call that got no answer. */
export function connectionFailure(error: GuardedHttpError, blame: 'provider' | 'recipient'): DeliveryFailure {
  // A provider's wrong address can be corrected, or another provider used; a recipient's address stays wrong.
  const retryable = blame === 'provider' || (error.code !== 'BLOCKED_ADDRESS' && error.code !== 'INVALID_URL');
  // An aborted call is nobody's fault.
  return new DeliveryFailure(error.message, {
    code: error.code,
    retryable,
    blame: error.code === 'ABORTED' ? 'recipient' : blame,
  });
}

/** A few of the other side's words, on one line. */
export const quoted = (text: string): string => oneLine(text, MAX_QUOTED);
