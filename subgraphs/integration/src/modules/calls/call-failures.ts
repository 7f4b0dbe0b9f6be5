import type { CallError, CallRefused } from '@flowmesh/platform/resilience';
import { type RefusalReason } from '@flowmesh/platform/resilience';
import type { Mask } from '@flowmesh/platform/secrets';
import { storableText } from '@flowmesh/platform/validation';

const MAX_MESSAGE_CHARACTERS = 2_000;

/** Why no call was made. */
export type UnavailableCode = RefusalReason | 'INTEGRATION_INACTIVE' | 'CALL_IN_PROGRESS';

const seconds = (milliseconds: number | undefined): number | null =>
  milliseconds === undefined ? null : Math.max(1, Math.ceil(milliseconds / 1000));

export const inactive = () => unavailable('INTEGRATION_INACTIVE', 'The integration is switched off.', null);

export const inProgress = () =>
  unavailable('CALL_IN_PROGRESS', 'The call with this idempotency key is under way: ask again for its outcome.', 1);

export const refused = ({ reason, message, retryAfterMs }: CallRefused) =>
  unavailable(reason, message, seconds(retryAfterMs));

const unavailable = (code: UnavailableCode, message: string, retryAfterSeconds: number | null) => ({
  __typename: 'IntegrationUnavailableError' as const,
  code,
  message,
  retryAfterSeconds,
});

/** What a service said of a failure, without credentials. */
export const messageOf = ({ message }: CallError, mask: Mask): string => {
  const masked = mask.text(message);
  return masked.length > MAX_MESSAGE_CHARACTERS ? storableText(`${masked.slice(0, MAX_MESSAGE_CHARACTERS)}…`) : masked;
};

/** The call was made, and failed. */
export const callFailed = (error: CallError, mask: Mask, attempts: number) => ({
  __typename: 'IntegrationCallFailedError' as const,
  code: error.code,
  message: messageOf(error, mask),
  retryable: error.retryable,
  fault: error.fault,
  status: error.status ?? null,
  retryAfterSeconds: seconds(error.retryAfterMs),
  attempts,
});

export type CallFailure = ReturnType<typeof callFailed>;

/** The process that made the call is gone, and the service may have done what it was asked. */
export const outcomeUnknown = (): CallFailure => ({
  __typename: 'IntegrationCallFailedError' as const,
  code: 'OUTCOME_UNKNOWN',
  message: 'The call was interrupted, and it is not known whether the service has done what it was asked.',
  retryable: false,
  fault: false,
  status: null,
  retryAfterSeconds: null,
  attempts: 1,
});
