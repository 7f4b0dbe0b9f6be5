import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { signInName } from '../modules/users/sign-in-name.ts';

/** What somebody does who may be guessing, or who may want to drown somebody in mail. Each is counted by itself. */
export type AttemptKind =
  | 'login'
  | 'auth0'
  | 'mfa'
  | 'token-check'
  | 'register'
  | 'password-reset'
  | 'password-check'
  | 'password-strength'
  | 'email-verification'
  /** Any of those that mail somebody who may not have asked. */
  | 'mail';

/** What mails an address that anybody may give: counted together besides, so that it gets no more than one kind allows. */
export const MAILING: ReadonlySet<AttemptKind> = new Set(['register', 'password-reset', 'email-verification']);

/** How many attempts of one kind a window has room for. */
export interface ThrottleLimits {
  readonly perAccount: number;
  readonly perAddress: number;
  readonly windowSeconds: number;
}

/** Of what people do often without guessing: so many times as much is let through. */
export const GENEROSITY: Partial<Record<AttemptKind, number>> = {
  // Asked while somebody types.
  'password-strength': 20,
};

export type Counter = 'account' | 'device' | 'address';

const IPV6_NETWORK_BYTES = 8;

/**
 * What an address counts as: IPv4 alone, IPv6 with its /64, because whoever has one address there has all of them.
 * Null for what is no address.
 */
export function addressKey(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, IPV6_NETWORK_BYTES)).toString('hex');
}

/**
 * What an account counts as: the e-mail or user name in its one form. Whether there is such an account plays no part, so
 * that the counting does not tell. Hashed: it is no place to read addresses from.
 */
export const accountKey = (identifier: string): string =>
  createHash('sha256').update(signInName(identifier).normalize('NFC')).digest('base64url');
