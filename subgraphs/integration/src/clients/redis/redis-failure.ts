import { CallError } from '@flowmesh/platform/resilience';
import type { HostFailure } from '../../client-host/host-failure.ts';

/** First words of a server that cannot serve, whatever it is asked. */
const SERVER_IN_TROUBLE = new Set('LOADING BUSY CLUSTERDOWN MASTERDOWN OOM MISCONF READONLY TRYAGAIN'.split(' '));
const LOGIN = /^(NOAUTH|WRONGPASS|ERR invalid password|ERR AUTH|ERR Client sent AUTH)/;

/** What the server said no to. Nothing was done then. */
export function redisFailure({ code, message }: HostFailure): CallError {
  const told = `The server answered: ${message}`;
  if (LOGIN.test(message)) return new CallError('AUTHENTICATION', told, { retryable: false, fault: false });
  const fault = code !== null && SERVER_IN_TROUBLE.has(code);
  return new CallError('COMMAND', told, { retryable: fault, fault });
}
