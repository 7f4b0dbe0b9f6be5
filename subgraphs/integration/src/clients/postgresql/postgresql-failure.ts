import { GuardedHttpError } from '@flowmesh/platform/http';
import { CallError } from '@flowmesh/platform/resilience';

/** Classes of SQLSTATE that say that the server cannot serve, whatever it is asked. */
const SERVER_IN_TROUBLE = /^(08|53|57P|58|XX)/;
/** Deadlock and serialisation failure: nothing was done, and the same may succeed. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const CANCELLED = '57014';

/** What went wrong with a statement, as a failed call. `sent`: it may have been done. */
export function postgresqlFailure(error: unknown, sent: boolean): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof GuardedHttpError) {
    const away = error.code === 'CONNECTION' || error.code === 'TIMEOUT';
    return new CallError(error.code, error.message, { retryable: away, fault: away, cause: error });
  }
  const { code, message = 'the connection failed' } = (error ?? {}) as { code?: unknown; message?: string };
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
  if (state === null) {
    const told = `No answer of the server: ${message}`;
    return new CallError('CONNECTION', told, { retryable: !sent, fault: true, cause: error });
  }
  if (state === CANCELLED) {
    return new CallError('TIMEOUT', `The server ended the statement: ${message}`, { retryable: false, fault: true });
  }
  const told = `The server answered ${state}: ${message}`;
  if (TRY_AGAIN.has(state)) return new CallError('SQL', told, { retryable: true, fault: false });
  if (/^28/.test(state)) return new CallError('AUTHENTICATION', told, { retryable: false, fault: false });
  const fault = SERVER_IN_TROUBLE.test(state);
  return new CallError('SQL', told, { retryable: fault && !sent, fault });
}
