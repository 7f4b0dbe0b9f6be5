import { emailAddress } from '@flowmesh/platform/validation';

/**
 * A name to sign in with, normalised for comparison: an e-mail address in its canonical form, or a user name in lower
 * case.
 */
export const signInName = (identifier: string): string => (emailAddress(identifier) ?? identifier.trim()).toLowerCase();
