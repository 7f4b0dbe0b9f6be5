import { createHmac } from 'node:crypto';
import type { RootKey } from '@flowmesh/platform/secrets';

/** The input of bcrypt in place of the password, made with one of the keys. */
export interface PasswordDigest {
  readonly keyId: string;
  /** 64 ASCII characters for a password of any length. */
  of(password: string): string;
}

/**
 * bcrypt reads 72 bytes and stops at a NUL, so it gets an HMAC of the password: all of it counts, and 64 characters of
 * base64 fit. The key is derived from `ENCRYPTION_KEY`, for this use only. The key prevents two attacks: guessing at
 * hashes stolen from the database alone, and looking up a digest among leaked plain SHA-384 hashes of another product
 * ("password shucking"). If the key is lost, all passwords have to be reset.
 */
export function createPasswordDigest(rootKey: RootKey): PasswordDigest {
  const key = rootKey.derive('flowmesh/auth/password-digest/1', 48);
  return {
    keyId: rootKey.id,
    of: (password) => createHmac('sha384', key).update(password, 'utf8').digest('base64'),
  };
}
