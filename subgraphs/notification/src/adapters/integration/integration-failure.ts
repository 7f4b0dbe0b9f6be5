import { DeliveryFailure } from '../channel-adapter.ts';
import type { FailedCall, InvokeAnswer } from './integration-calls.ts';

/** Enhanced status codes (RFC 3463) of a mailbox that does not exist any more. */
const NO_MAILBOX = /\b5\.1\.(1|10)\b/;
/** Answers that concern the account or the address of the service, not the message. */
const OF_THE_ACCOUNT = new Set([401, 402, 403, 404]);
/** The service has taken it; only its answer was not as agreed. */
const TAKEN = new Set(['INVALID_OUTPUT', 'TOO_LARGE']);

const inMs = (seconds: number | null) => (seconds === null ? undefined : seconds * 1_000);

/** Failures of the service count for the circuit of the integration; they are not counted a second time. */
const byProvider = (code: string, message: string, more: { readonly retryAfterMs?: number | undefined } = {}) =>
  new DeliveryFailure(message, { code, retryable: true, blame: 'provider', isFault: false, ...more });

function callFailure({ code, message, fault, status, retryAfterSeconds }: FailedCall): DeliveryFailure {
  const retryAfterMs = inMs(retryAfterSeconds);
  if (fault || code === 'TOO_MANY_REQUESTS') return byProvider(code, message, { retryAfterMs });
  if (TAKEN.has(code)) return new DeliveryFailure(message, { code, retryable: false });
  if (code === 'SMTP') {
    if (status === null || status < 500) return new DeliveryFailure(message, { code: 'DEFERRED', retryable: true });
    const disablesRecipient = NO_MAILBOX.test(message);
    return new DeliveryFailure(message, { code: 'REJECTED', retryable: false, disablesRecipient });
  }
  const isOfMessage = code === 'HTTP_STATUS' && status !== null && status >= 400 && !OF_THE_ACCOUNT.has(status);
  return isOfMessage ? new DeliveryFailure(message, { code: 'REJECTED', retryable: false }) : byProvider(code, message);
}

/** Why a message was not sent. */
export function failureOf(answer: Exclude<InvokeAnswer, { __typename: 'InvokeIntegrationSuccess' }>): DeliveryFailure {
  switch (answer.__typename) {
    case 'IntegrationUnavailableError': {
      const { code, message, retryAfterSeconds } = answer;
      // Switched off by its owner: like a provider with wrong settings, until somebody changes it.
      if (code === 'INTEGRATION_INACTIVE') return new DeliveryFailure(message, { ...GONE, code });
      const retryAfterMs = inMs(retryAfterSeconds);
      const details = { code, retryable: true, blame: 'provider', isFault: false, isAttempt: false } as const;
      return new DeliveryFailure(message, { ...details, retryAfterMs });
    }
    case 'IntegrationCallFailedError':
      return callFailure(answer);
    case 'InvalidInputError': {
      const [problem] = answer.fields;
      const told = problem ? `: ${[problem.path, problem.message].filter(Boolean).join(' ')}` : '';
      return byProvider('INVALID_INPUT', `The integration cannot send the message${told}.`);
    }
    case 'NotFoundError':
      return new DeliveryFailure('The integration is gone.', GONE);
  }
}

const GONE = { code: 'CONFIGURATION', retryable: true, blame: 'provider' } as const;
