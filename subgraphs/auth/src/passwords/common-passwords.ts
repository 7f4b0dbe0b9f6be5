import { dictionary } from '@zxcvbn-ts/language-common';

/** About 49,000 passwords from leaks, the most used first, in lower case. */
export const COMMON_PASSWORDS: readonly string[] = dictionary['passwords-common'].map(String);

const known = new Set(COMMON_PASSWORDS);

/** Whether it is one of the first an attacker tries, in any case. */
export const isCommonPassword = (password: string): boolean => known.has(password.toLowerCase());
