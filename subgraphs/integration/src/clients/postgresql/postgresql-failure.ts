import { CallError } from '@flowmesh/platform/resilience';
import type { HostFailure } from '../../client-host/host-failure.ts';

/** Classes of SQLSTATE that say that the server cannot serve, whatever it is asked. */
const SERVER_IN_TROUBLE = /^(08|53|57P|58|XX)/;
/** Deadlock and serialisation failure: nothing was done, and the same may succeed. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const CANCELLED = '57014';

/** What the server said no to, by its SQLSTATE. */
export function postgresqlFailure({ code, message, sent }: HostFailure): CallError {
  const state = code ?? '';
  if (state === CANCELLED) {
    return new CallError('TIMEOUT', `The server ended the statement: ${message}`, { retryable: false, fault: true });
  }
  const told = `The server answered ${state}: ${message}`;
  if (TRY_AGAIN.has(state)) return new CallError('SQL', told, { retryable: true, fault: false });
  if (state.startsWith('28')) return new CallError('AUTHENTICATION', told, { retryable: false, fault: false });
  const fault = SERVER_IN_TROUBLE.test(state);
  return new CallError('SQL', told, { retryable: fault && !sent, fault });
}
