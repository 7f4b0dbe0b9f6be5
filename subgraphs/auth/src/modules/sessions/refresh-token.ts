import { createHash, randomBytes } from 'node:crypto';
import { createKeyRing, createSecretBox } from '@flowmesh/platform/secrets';

const TOKEN = /^[\w-]{43}$/;

/** A new refresh token: 256 random bits. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/** What is stored of it. The token is random, so a fast hash cannot be reversed by guessing. Null for what is no token. */
export function hashRefreshToken(token: string): string | null {
  return TOKEN.test(token) ? createHash('sha256').update(token).digest('hex') : null;
}

const SUCCESSOR = 'refresh-token-successor';

/** The token as the key of a box: who has the database alone cannot open it. */
const boxOf = (token: string) => createSecretBox(createKeyRing(Buffer.from(token, 'base64url').toString('base64')));

/** What a token was exchanged for, to be opened with that token only. */
export const sealSuccessor = (token: string, successor: string): string => boxOf(token).seal(successor, SUCCESSOR);

export const openSuccessor = (token: string, sealed: string): string => boxOf(token).open(sealed, SUCCESSOR);
