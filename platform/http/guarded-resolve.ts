import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressRules } from './address-rules.ts';
import { BlockedAddress, guardedLookup } from './guarded-lookup.ts';
import { toGuardedError } from './to-guarded-error.ts';

/** The addresses of a host given by users, for connections that are made elsewhere. Throws `GuardedHttpError`. */
export type GuardedResolve = (host: string) => Promise<readonly LookupAddress[]>;

/** Names are looked up once: connections go to what is given here, and a second answer cannot replace it. */
export function createGuardedResolve(options: {
  readonly rules: AddressRules;
  /** How names become addresses; the system's resolver by default. */
  readonly lookup?: LookupFunction;
}): GuardedResolve {
  const { rules } = options;
  const lookup = guardedLookup(rules, options.lookup);
  return (host) =>
    new Promise((resolve, reject) => {
      const family = isIP(host);
      if (family !== 0) {
        if (rules.allows(host, host)) resolve([{ address: host, family }]);
        else reject(toGuardedError(new BlockedAddress(host)));
        return;
      }
      lookup(host, { all: true }, (error, found) => {
        if (error) reject(toGuardedError(error));
        else resolve(found as LookupAddress[]);
      });
    });
}
