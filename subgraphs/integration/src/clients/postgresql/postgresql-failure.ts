import { CallError } from '@flowmesh/platform/resilience';
import type { HostFailure } from '../../client-host/host-failure.ts';

/** Classes of SQLSTATE that say that the server cannot serve, whatever it is asked. */
const SERVER_IN_TROUBLE = /^(08|53|57P|58|XX)/;
/** Deadlock and serialisation failure: nothing was done, and the same may succeed. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const CANCELLED = '57014';
/** A wrong number of parameters, although PostgreSQL counts it among the broken connections. */
const PROTOCOL_VIOLATION = '08P01';
/** What the server answers to a write by `query`: it is read-only there, no part of a SELECT, or no SELECT at all. */
const NO_READ = new Set(['25006', '0A000', '42601']);
const REMEDY =
  '`query` takes one SELECT that changes nothing; use `execute` to write, which needs `allowWrites` in the configuration.';

/** What the server said no to, by its SQLSTATE. */
export function postgresqlFailure(operation: string, { code, message, sent }: HostFailure): CallError {
  const state = code ?? '';
  if (state === CANCELLED) {
    // A caller's own statement is slow: the server works, for all others too.
    return new CallError('TIMEOUT', `The server ended the statement: ${message}`, { retryable: false, fault: false });
  }
  const answered = `The server answered ${state}: ${message}`;
  const told = operation === 'query' && NO_READ.has(state) ? `${answered}. ${REMEDY}` : answered;
  if (TRY_AGAIN.has(state)) return new CallError('SQL', told, { retryable: true, fault: false });
  if (state.startsWith('28')) return new CallError('AUTHENTICATION', told, { retryable: false, fault: false });
  const fault = state !== PROTOCOL_VIOLATION && SERVER_IN_TROUBLE.test(state);
  return new CallError('SQL', told, { retryable: fault && !sent, fault });
}
