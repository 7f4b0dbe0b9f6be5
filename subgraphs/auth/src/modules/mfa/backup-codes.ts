import { createHmac, hkdfSync, randomBytes } from 'node:crypto';

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

/** What is stored of a code: keyed, so that codes cannot be guessed from the database alone, and bound to its user. */
export type HashBackupCode = (userId: string, plainCode: string) => string;

export function createBackupCodeHash(encryptionKey: string): HashBackupCode {
  const key = Buffer.from(
    hkdfSync('sha256', Buffer.from(encryptionKey, 'base64'), '', 'flowmesh/auth/mfa-backup-code/1', 32),
  );
  return (userId, plainCode) => createHmac('sha256', key).update(`${userId}\n${plainCode}`).digest('base64url');
}
