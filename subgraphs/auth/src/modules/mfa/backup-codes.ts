import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { KeyRing } from '@flowmesh/platform/secrets';

/** The number of codes in a set. */
export const BACKUP_CODES = 10;

/** Without easily confused characters; 32 of them, so that five random bits make one. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
/** 140 random bits: beyond what can be guessed, even by whoever has the database and the key (ASVS 5.0, 6.5.2, 11.5.1). */
const LENGTH = 28;
/** The length of old codes, which stay valid until they are replaced. */
const EARLIER_LENGTH = 16;
const GROUP = 4;

/** A code of seven groups, e.g. `k3fn-7x2p-…`. */
export function newBackupCode(): string {
  const characters = [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  return characters.join('').replace(new RegExp(`(.{${GROUP}})(?=.)`, 'g'), '$1-');
}

/** Normalises separators and case. Null for a text that is not a backup code. */
export function plainBackupCode(code: string): string | null {
  const plain = code.toLowerCase().replace(/[\s-]/g, '');
  const fits = plain.length === LENGTH || plain.length === EARLIER_LENGTH;
  return fits && [...plain].every((character) => ALPHABET.includes(character)) ? plain : null;
}

/** The possible stored hashes of a code, bound to its user. New codes are stored as the first. */
export type HashesOfBackupCode = (userId: string, plainCode: string) => readonly [string, ...string[]];

/**
 * Codes of 140 bits cannot be guessed, so SHA-256 without a key is enough. Old codes could be guessed from a stolen
 * database, so their hash is keyed, with the key that was current then.
 */
export function createBackupCodeHashes({ all }: KeyRing): HashesOfBackupCode {
  const keys = all.map((key) => key.derive('flowmesh/auth/mfa-backup-code/1', 32));
  return (userId, plainCode) => {
    const owned = `${userId}\n${plainCode}`;
    const plain = `sha256:${createHash('sha256').update(owned).digest('base64url')}`;
    if (plainCode.length === LENGTH) return [plain];
    return [plain, ...keys.map((key) => createHmac('sha256', key).update(owned).digest('base64url'))];
  };
}
