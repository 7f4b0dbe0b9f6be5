import { dictionary } from '@zxcvbn-ts/language-common';

/** About 49,000 leaked passwords, most used first, in lower case. */
export const COMMON_PASSWORDS: readonly string[] = dictionary['passwords-common'].map(String);

const known = new Set(COMMON_PASSWORDS);

/** Whether it is among the first that an attacker tries; case is ignored. */
export const isCommonPassword = (password: string): boolean => known.has(password.toLowerCase());
