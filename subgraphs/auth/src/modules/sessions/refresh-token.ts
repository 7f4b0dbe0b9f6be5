import { createHash, randomBytes } from 'node:crypto';
import { createKeyRing, createSecretBox } from '@flowmesh/platform/secrets';

const TOKEN = /^[\w-]{43}$/;

/** A new refresh token: 256 random bits. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/**
 * The hash that is stored. The token is random, so a fast hash cannot be reversed by guessing. Null for a text that is
 * not a token.
 */
export function hashRefreshToken(token: string): string | null {
  return TOKEN.test(token) ? createHash('sha256').update(token).digest('hex') : null;
}

const SUCCESSOR = 'refresh-token-successor';

/** Encryption with the token as key: the database alone is not enough to decrypt it. */
const boxOf = (token: string) => createSecretBox(createKeyRing(Buffer.from(token, 'base64url').toString('base64')));

/** The next token, encrypted so that only the exchanged token decrypts it. */
export const sealSuccessor = (token: string, successor: string): string => boxOf(token).seal(successor, SUCCESSOR);

export const openSuccessor = (token: string, sealed: string): string => boxOf(token).open(sealed, SUCCESSOR);
