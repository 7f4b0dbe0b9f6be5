import { emailAddress } from '@flowmesh/platform/validation';

/** What somebody signs in with, as it is compared: an e-mail address in its one form, or a user name in lower case. */
export const signInName = (identifier: string): string => (emailAddress(identifier) ?? identifier.trim()).toLowerCase();
