import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { KeyRing } from '@flowmesh/platform/secrets';

/** How many a user gets at a time. */
export const BACKUP_CODES = 10;

/** Without characters that are taken for each other; 32 of them, so that five random bits are one. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
/** 140 random bits: beyond what can be guessed, even by whoever has the database and the key (ASVS 5.0, 6.5.2, 11.5.1). */
const LENGTH = 28;
/** Of codes that were given out before; they go on until they are replaced. */
const EARLIER_LENGTH = 16;
const GROUP = 4;

/** A code of seven groups, e.g. `k3fn-7x2p-…`. */
export function newBackupCode(): string {
  const characters = [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]);
  return characters.join('').replace(new RegExp(`(.{${GROUP}})(?=.)`, 'g'), '$1-');
}

/** Without what people add or leave out. Null for what is no backup code. */
export function plainBackupCode(code: string): string | null {
  const plain = code.toLowerCase().replace(/[\s-]/g, '');
  const fits = plain.length === LENGTH || plain.length === EARLIER_LENGTH;
  return fits && [...plain].every((character) => ALPHABET.includes(character)) ? plain : null;
}

/** What may be stored of a code, bound to its user: one of these. New ones are stored as the first. */
export type HashesOfBackupCode = (userId: string, plainCode: string) => readonly [string, ...string[]];

/**
 * SHA-256 of codes of 140 bits, which nobody can guess, so that they depend on no key. Earlier codes can be guessed
 * from the database alone, so they are stored keyed, with whichever key was the current one.
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
