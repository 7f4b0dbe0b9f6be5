import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { AddressRules } from './address-rules.ts';
import { GuardedHttpError } from './guarded-http-error.ts';
import { BlockedAddress, guardedLookup } from './guarded-lookup.ts';
import { toGuardedError } from './to-guarded-error.ts';

export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** Opens a TCP connection to a host given by users, for protocols other than HTTP. Throws `GuardedHttpError`. */
export type GuardedConnect = (target: SocketTarget) => Promise<Socket>;

export function createGuardedConnect(options: {
  readonly rules: AddressRules;
  /** DNS resolver; the system's by default. */
  readonly lookup?: LookupFunction;
}): GuardedConnect {
  const { rules } = options;
  const lookup = guardedLookup(rules, options.lookup);
  return ({ host, port, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const bare = host.replace(/^\[|\]$/g, '');
      // Literal addresses are never looked up, so the hook does not see them.
      if (isIP(bare) !== 0 && !rules.allows(bare, bare)) return reject(toGuardedError(new BlockedAddress(bare)));
      const socket = connect({ host: bare, port, lookup });
      const fail = (error: unknown) => {
        socket.destroy();
        reject(toGuardedError(error));
      };
      socket.setTimeout(timeoutMs, () =>
        fail(new GuardedHttpError('TIMEOUT', `No connection within ${timeoutMs} ms.`)),
      );
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.removeListener('error', fail);
        resolve(socket);
      });
    });
}
