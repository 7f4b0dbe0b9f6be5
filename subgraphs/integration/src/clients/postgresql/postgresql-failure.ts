import { CallError } from '@flowmesh/platform/resilience';
import type { HostFailure } from '../../client-host/host-failure.ts';

/** Classes of SQLSTATE that say that the server cannot serve, whatever it is asked. */
const SERVER_IN_TROUBLE = /^(08|53|57P|58|XX)/;
/** Deadlock and serialisation failure: nothing was done, and the same may succeed. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const CANCELLED = '57014';
/** A wrong number of parameters, although PostgreSQL counts it among the broken connections. */
const PROTOCOL_VIOLATION = '08P01';

/** What the server said no to, by its SQLSTATE. */
export function postgresqlFailure({ code, message, sent }: HostFailure): CallError {
  const state = code ?? '';
  if (state === CANCELLED) {
    // A caller's own statement is slow: the server works, for all others too.
    return new CallError('TIMEOUT', `The server ended the statement: ${message}`, { retryable: false, fault: false });
  }
  const told = `The server answered ${state}: ${message}`;
  if (TRY_AGAIN.has(state)) return new CallError('SQL', told, { retryable: true, fault: false });
  if (state.startsWith('28')) return new CallError('AUTHENTICATION', told, { retryable: false, fault: false });
  const fault = state !== PROTOCOL_VIOLATION && SERVER_IN_TROUBLE.test(state);
  return new CallError('SQL', told, { retryable: fault && !sent, fault });
}
