import { createHmac, hkdfSync } from 'node:crypto';

/** What bcrypt is given instead of the password: 64 ASCII characters for a password of any length. */
export type PasswordDigest = (password: string) => string;

/**
 * bcrypt reads 72 bytes and stops at a NUL, so it gets an HMAC of the password: all of it counts, and 64 characters of
 * base64 fit. The key is derived from `encryptionKey` (base64), for this use alone. Being keyed keeps two attacks away:
 * hashes stolen from the database alone cannot be guessed at, and a digest cannot be looked up in the leaked plain
 * SHA-384 hashes of another product ("password shucking"). Who loses the key has to have all passwords reset.
 */
export function createPasswordDigest(encryptionKey: string): PasswordDigest {
  const key = hkdfSync('sha256', Buffer.from(encryptionKey, 'base64'), '', 'flowmesh/auth/password-digest/1', 48);
  return (password) => createHmac('sha384', Buffer.from(key)).update(password, 'utf8').digest('base64');
}
