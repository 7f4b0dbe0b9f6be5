import { createHash, randomBytes } from 'node:crypto';
import { API_KEY_PREFIX, apiKeyOf, hasApiKeyForm } from './api-key-form.mjs';

export { API_KEY_PREFIX };

const SECRET_BYTES = 32;

export interface NewApiKey {
  /** `fm_`, 256 random bits, and a checksum by which a scanner can verify that it is a key. */
  readonly key: string;
  /** SHA-256 in hexadecimal, which is stored instead of the key. A key has 256 random bits, so a slow hash is not needed. */
  readonly hash: string;
  /** Enough characters to recognise the key, too few to guess it. */
  readonly prefix: string;
}

export function newApiKey(): NewApiKey {
  const key = apiKeyOf(randomBytes(SECRET_BYTES));
  return { key, hash: hashOf(key), prefix: key.slice(0, API_KEY_PREFIX.length + 8) };
}

/** The hash by which a key is looked up; null for a text that cannot be a key, which saves the look-up. */
export const apiKeyHash = (key: string): string | null => (hasApiKeyForm(key) ? hashOf(key) : null);

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
