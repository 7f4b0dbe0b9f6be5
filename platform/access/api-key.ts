import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Prefix of every key, by which secret scanners recognise leaked keys. */
export const API_KEY_PREFIX = 'fm_';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** Digits of 256 bits, and of 32. */
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;
const FORM = new RegExp(`^${API_KEY_PREFIX}([0-9A-Za-z]{${SECRET_DIGITS}})([0-9A-Za-z]{${CHECKSUM_DIGITS}})$`);

export interface NewApiKey {
  /** `fm_`, 256 random bits, and a checksum by which a scanner can verify that it is a key. */
  readonly key: string;
  /** SHA-256 in hexadecimal, which is stored instead of the key. A key has 256 random bits, so a slow hash is not needed. */
  readonly hash: string;
  /** Enough characters to recognise the key, too few to guess it. */
  readonly prefix: string;
}

export function newApiKey(): NewApiKey {
  const secret = inBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_DIGITS);
  const key = `${API_KEY_PREFIX}${secret}${checksum(secret)}`;
  return { key, hash: hashOf(key), prefix: key.slice(0, API_KEY_PREFIX.length + 8) };
}

/** The hash by which a key is looked up; null for a text that cannot be a key, which saves the look-up. */
export function apiKeyHash(key: string): string | null {
  const [, secret, sum] = FORM.exec(key) ?? [];
  return secret !== undefined && sum === checksum(secret) ? hashOf(key) : null;
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

const checksum = (secret: string): string => inBase62(BigInt(crc32(secret)), CHECKSUM_DIGITS);

function inBase62(value: bigint, length: number): string {
  let digits = '';
  for (let rest = value; rest > 0n; rest /= 62n) digits = DIGITS.charAt(Number(rest % 62n)) + digits;
  return digits.padStart(length, '0');
}
