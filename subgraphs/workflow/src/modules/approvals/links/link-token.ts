import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;
const FORM = /^[\w-]{43}$/;

/** 256 random bits. */
export const newLinkToken = (): string => randomBytes(BYTES).toString('base64url');

/** What is stored of a token. */
export const linkHash = (token: string): string => createHash('sha256').update(token).digest('hex');

export const isLinkToken = (text: string): boolean => FORM.test(text);
