import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What every key begins with: scanners that look for leaked secrets know ours by it. */
export const API_KEY_PREFIX = 'fm_';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** Digits of 256 bits, and of 32. */
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;
const FORM = new RegExp(`^${API_KEY_PREFIX}([0-9A-Za-z]{${SECRET_DIGITS}})([0-9A-Za-z]{${CHECKSUM_DIGITS}})$`);

export interface NewApiKey {
  /** `fm_`, 256 random bits, and a checksum, by which a scanner tells a key from what only looks like one. */
  readonly key: string;
  /** SHA-256, hexadecimal: what is kept. A key has 256 bits, so a slow hash would add nothing. */
  readonly hash: string;
  /** Enough to know the key again, and too little to guess it. */
  readonly prefix: string;
}

export function newApiKey(): NewApiKey {
  const secret = inBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_DIGITS);
  const key = `${API_KEY_PREFIX}${secret}${checksum(secret)}`;
  return { key, hash: hashOf(key), prefix: key.slice(0, API_KEY_PREFIX.length + 8) };
}

/** The hash by which a key is found; null for what cannot be one, which no database needs to be asked about. */
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
