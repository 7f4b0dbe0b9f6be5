import { createHash, randomBytes } from 'node:crypto';

const TOKEN = /^[\w-]{43}$/;

/** A token that is mailed: 256 random bits. */
export interface MailToken {
  readonly token: string;
  readonly hash: string;
}

export function newMailToken(): MailToken {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: sha256(token) };
}

/**
 * The hash that is stored. The token is random, so a fast hash cannot be reversed by guessing. Null for a text that is
 * not a token.
 */
export const hashMailToken = (token: string): string | null => (TOKEN.test(token) ? sha256(token) : null);

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
