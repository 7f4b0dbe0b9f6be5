import { createHmac } from 'node:crypto';
import type { RootKey } from '@flowmesh/platform/secrets';

/** What bcrypt is given instead of the password, with one of the keys. */
export interface PasswordDigest {
  readonly keyId: string;
  /** 64 ASCII characters for a password of any length. */
  of(password: string): string;
}

/**
 * bcrypt reads 72 bytes and stops at a NUL, so it gets an HMAC of the password: all of it counts, and 64 characters of
 * base64 fit. The key is derived from the operator's, for this use alone. Being keyed keeps two attacks away: hashes
 * stolen from the database alone cannot be guessed at, and a digest cannot be looked up in the leaked plain SHA-384
 * hashes of another product ("password shucking"). Who loses the key has to have all passwords reset.
 */
export function createPasswordDigest(rootKey: RootKey): PasswordDigest {
  const key = rootKey.derive('flowmesh/auth/password-digest/1', 48);
  return {
    keyId: rootKey.id,
    of: (password) => createHmac('sha384', key).update(password, 'utf8').digest('base64'),
  };
}
