import { retryAfterMs } from '@flowmesh/platform/http';
import { DeliveryFailure, type DeliveryFailureDetails } from '../channel-adapter.ts';
import { quoted } from '../provider-call.ts';

const wrongNumber = { code: 'INVALID_RECIPIENT', retryable: false } as const;
const unreachable = { code: 'UNREACHABLE', retryable: false } as const;
const optedOut = { code: 'OPTED_OUT', retryable: false, disablesRecipient: true } as const;
const ourSender = { code: 'SENDER_REJECTED', retryable: true, blame: 'provider' } as const;
const ourAccount = { code: 'CONFIGURATION', retryable: true, blame: 'provider' } as const;
const refused = { code: 'REJECTED', retryable: false } as const;
const unavailable = { code: 'UNAVAILABLE', retryable: true, blame: 'provider' } as const;

/** Twilio's error codes (https://www.twilio.com/docs/api/errors) that tell more than the status. */
const CODES: Readonly<Record<number, DeliveryFailureDetails>> = {
  20003: { code: 'AUTHENTICATION', retryable: true, blame: 'provider' },
  20429: { code: 'RATE_LIMITED', retryable: true, blame: 'provider' },
  21211: wrongNumber,
  21217: wrongNumber,
  21265: wrongNumber,
  21401: wrongNumber,
  21604: wrongNumber,
  21614: wrongNumber,
  21610: optedOut,
  21212: ourSender,
  21603: ourSender,
  21606: ourSender,
  21659: ourSender,
  21660: ourSender,
  21703: ourSender,
  21408: ourAccount,
  21608: ourAccount,
  21611: unavailable,
  21612: ourAccount,
  21602: refused,
  21617: refused,
  // What is reported later, when the message was on its way.
  30001: unavailable,
  30002: ourAccount,
  30003: unreachable,
  30004: unreachable,
  30005: wrongNumber,
  30006: wrongNumber,
  30007: refused,
  30008: unavailable,
  30010: ourAccount,
  30034: ourAccount,
};

/** What a code means, when it is known to mean something. */
export const twilioCode = (code: number | null): DeliveryFailureDetails | undefined =>
  code === null ? undefined : CODES[code];

/** What the library throws for an answer other than success. */
export interface TwilioError {
  readonly status: number;
  readonly code?: number;
  /** Whatever the answer held under this name. */
  readonly message?: string;
}

export function twilioFailure(error: TwilioError, headers: Headers): DeliveryFailure {
  const { status, code = null } = error;
  const message = `Twilio answered ${status}${code === null ? '' : ` (${code})`}: ${quoted(error.message ?? '')}`;
  const known = twilioCode(code);
  const wait = retryAfterMs(headers.get('retry-after'));
  if (known) return new DeliveryFailure(message, { ...known, retryAfterMs: wait });
  if (status === 401 || status === 403) {
    return new DeliveryFailure(message, { code: 'AUTHENTICATION', retryable: true, blame: 'provider' });
  }
  if (status === 429) {
    return new DeliveryFailure(message, {
      code: 'RATE_LIMITED',
      retryable: true,
      blame: 'provider',
      retryAfterMs: wait,
    });
  }
  if (status === 404 || status < 400) return new DeliveryFailure(message, ourAccount);
  if (status === 408 || status >= 500) return new DeliveryFailure(message, { ...unavailable, retryAfterMs: wait });
  return new DeliveryFailure(message, refused);
}
