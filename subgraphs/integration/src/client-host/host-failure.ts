import { CallError } from '@flowmesh/platform/resilience';

/** Why a call failed, as `process/answers.mjs` tells it. */
export interface HostFailure {
  readonly origin: 'SERVER' | 'CONNECTION' | 'TIMEOUT' | 'LIMIT' | 'BLOCKED' | 'PRIVILEGED' | 'STOPPED';
  readonly message: string;
  /** Of the server, for what it said no to. */
  readonly code: string | null;
  /** Something may have been done. */
  readonly sent: boolean;
}

/** What is not the server's own no, as a failed call. `repeatable`: doing it twice is like doing it once. */
export function callErrorOf({ origin, message, sent }: HostFailure, repeatable: boolean): CallError {
  const retryable = repeatable || !sent;
  switch (origin) {
    case 'TIMEOUT':
      return new CallError('TIMEOUT', message, { retryable, fault: true });
    case 'LIMIT':
      return new CallError('TOO_LARGE', message, { retryable: false, fault: false });
    case 'BLOCKED':
      return new CallError('BLOCKED_ADDRESS', message, { retryable: false, fault: false });
    case 'PRIVILEGED':
      return new CallError('TOO_PRIVILEGED', message, { retryable: false, fault: false });
    case 'STOPPED': {
      const told = 'The call was ended: it took long, and others waited for its place.';
      return new CallError('TIMEOUT', told, { retryable, fault: true });
    }
    default:
      return new CallError('CONNECTION', `No answer of the server: ${message}`, { retryable, fault: true });
  }
}
