import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Digits of 256 bits, and of 32. */
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;

/** Prefix of every key, by which secret scanners recognise leaked keys. */
export const API_KEY_PREFIX = 'fm_';

const FORM = new RegExp(`^${API_KEY_PREFIX}([0-9A-Za-z]{${SECRET_DIGITS}})([0-9A-Za-z]{${CHECKSUM_DIGITS}})$`);

/** A key of these 32 bytes: prefix, bytes, checksum. */
export function apiKeyOf(bytes) {
  const secret = inBase62(BigInt(`0x${bytes.toString('hex')}`), SECRET_DIGITS);
  return `${API_KEY_PREFIX}${secret}${checksum(secret)}`;
}

/** Whether it can be a key: its form, and its checksum. */
export function hasApiKeyForm(key) {
  const [, secret, sum] = FORM.exec(key) ?? [];
  return secret !== undefined && sum === checksum(secret);
}

const checksum = (secret) => inBase62(BigInt(crc32(secret)), CHECKSUM_DIGITS);

function inBase62(value, length) {
  let digits = '';
  for (let rest = value; rest > 0n; rest /= 62n) digits = DIGITS.charAt(Number(rest % 62n)) + digits;
  return digits.padStart(length, '0');
}
