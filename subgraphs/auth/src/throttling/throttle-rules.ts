import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { signInName } from '../modules/users/sign-in-name.ts';

/** Kinds of attempts that may be guesses, or that may flood somebody with mail. Each kind has its own counters. */
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
  /** Any kind that sends mail to an address that anybody can enter. */
  | 'mail';

/**
 * Kinds that send mail to an address that anybody can enter. They also share a counter, so that an address gets no more
 * mails than one kind allows.
 */
export const MAILING: ReadonlySet<AttemptKind> = new Set(['register', 'password-reset', 'email-verification']);

/** The number of attempts of one kind in a window. */
export interface ThrottleLimits {
  readonly perAccount: number;
  readonly perAddress: number;
  readonly windowSeconds: number;
}

/** Factor by which the limit is higher for kinds that people use often without guessing. */
export const GENEROSITY: Partial<Record<AttemptKind, number>> = {
  // Called while the user types.
  'password-strength': 20,
};

export type Counter = 'account' | 'device' | 'address';

const IPV6_NETWORK_BYTES = 8;

/**
 * The key under which an address is counted: a single IPv4 address, or an IPv6 /64, because whoever has one of its
 * addresses has all of them. Null for a text that is not an address.
 */
export function addressKey(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, IPV6_NETWORK_BYTES)).toString('hex');
}

/**
 * The key under which an account is counted: the normalised e-mail address or user name. It does not depend on whether
 * the account exists, so that counting does not reveal it. Hashed, so that counters contain no addresses.
 */
export const accountKey = (identifier: string): string =>
  createHash('sha256').update(signInName(identifier).normalize('NFC')).digest('base64url');
