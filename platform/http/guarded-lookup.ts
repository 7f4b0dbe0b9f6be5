import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressRules } from './address-rules.ts';

/** A connection that the rules refuse. */
export class BlockedAddress extends Error {
  constructor(readonly host: string) {
    super(`${host} leads into the operator’s own network, which its setting ALLOW_PRIVATE_ADDRESSES does not allow`);
  }
}

/** Resolves a name once and gives only checked addresses to the socket, which prevents DNS rebinding. */
export function guardedLookup(
  rules: AddressRules,
  lookup: LookupFunction = systemLookup as LookupFunction,
): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, []);
      const addresses: LookupAddress[] = Array.isArray(found) ? found : [{ address: found, family: family ?? 4 }];
      const [first] = addresses;
      const refused = !first || addresses.some(({ address }) => !rules.allows(host, address));
      if (refused) return callback(new BlockedAddress(host), []);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}
