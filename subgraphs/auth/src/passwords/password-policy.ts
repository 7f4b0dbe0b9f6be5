import {
  invalidInput,
  parseInput,
  textProblem,
  type InvalidField,
  type ParsedInput,
} from '@flowmesh/platform/validation';
import type { z } from 'zod';
import { isBreachedPassword } from './breached-passwords.ts';
import { isCommonPassword } from './common-passwords.ts';
import { PASSWORD_MAX_LENGTH } from './password-limits.ts';
import { isRepetition, isRun } from './patterned-passwords.ts';

/** The user of a password: others know these values, so they are not a password. */
export interface PasswordOwner {
  readonly email?: string | null;
  readonly username?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  /** Sign-in requires a second factor, so the password may be shorter. */
  readonly mfaEnabled?: boolean;
}

export interface PasswordLengths {
  /** The minimum in characters. */
  readonly min: number;
  /** The same for users with a second factor. */
  readonly minWithMfa: number;
}

const TOO_LONG = 'must have at most 1,024 characters';

const PRODUCT_NAME = 'flowmesh';
/** Shorter words occur in too many others. */
const CONTEXT_WORD_LENGTH = 3;
/** The number of characters that must remain without the names. */
const REMAINDER_LENGTH = 8;

/**
 * Requirements of a new password (NIST SP 800-63B, OWASP ASVS 5.0 6.2): long enough, not common or known from breaches,
 * no repetition or sequence, and not made of names. There are no rules about kinds of characters. Any Unicode is
 * accepted as it is, without normalisation or trimming.
 */
export class PasswordPolicy {
  constructor(private readonly lengths: PasswordLengths) {}

  /** All problems of a new password; empty if it can be used. */
  problems(password: string, owner: PasswordOwner): string[] {
    // A character has at most two code units, so `length` alone shows that a text is too long.
    if (password.length > 2 * PASSWORD_MAX_LENGTH) return [TOO_LONG];
    const length = [...password].length;
    const min = owner.mfaEnabled ? this.lengths.minWithMfa : this.lengths.min;
    const unstorable = textProblem(password);
    return [
      ...(length < min ? [`must have at least ${min} characters`] : []),
      ...(length > PASSWORD_MAX_LENGTH ? [TOO_LONG] : []),
      ...(unstorable === null ? [] : [unstorable]),
      ...knownProblem(password),
      ...(length <= PASSWORD_MAX_LENGTH && isMadeOfNames(password, owner)
        ? ['must be more than your names, your e-mail address or the name of the product']
        : []),
    ];
  }

  /** Checks an input with a new password in `field`; the result contains its problems and all others. */
  parse<Schema extends z.ZodType>(
    schema: Schema,
    input: unknown,
    field: string,
    owner: PasswordOwner,
  ): ParsedInput<z.output<Schema>> {
    const parsed = parseInput(schema, input);
    const password = (input as Record<string, unknown>)[field];
    const problems = typeof password === 'string' ? this.problems(password, owner) : [];
    if (problems.length === 0) return parsed;
    const others: readonly InvalidField[] = parsed.ok ? [] : parsed.error.fields;
    return { ok: false, error: invalidInput([...others, { path: field, message: problems.join(', and ') }]) };
  }
}

/** Words that everybody who knows the user can guess, longest first. */
export function contextWords({ email, username, firstName, lastName }: PasswordOwner): string[] {
  // Limited, because given values may have any length, and a password contains no longer word.
  const [address = '', ...names] = [email, username, firstName, lastName].map((name) =>
    name?.slice(0, PASSWORD_MAX_LENGTH),
  );
  const [mailbox, domain] = address.split('@');
  const words = [PRODUCT_NAME, address, mailbox, domain, domain?.split('.')[0], ...names]
    .map((word) => folded(word ?? ''))
    .filter((word) => word.length >= CONTEXT_WORD_LENGTH);
  return [...new Set(words)].sort((a, b) => b.length - a.length);
}

/** Lower-case letters and digits only: `Flow-Mesh` is `flowmesh`. */
const folded = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

function knownProblem(password: string): string[] {
  if (isCommonPassword(password)) return ['is one of the most common passwords'];
  if (password.length <= PASSWORD_MAX_LENGTH && isBreachedPassword(password))
    return ['is known from breaches of other products'];
  const patterned = isRepetition(password, isCommonPassword) || isRun(password);
  return patterned ? ['must be more than a few characters over and over, or characters in a row'] : [];
}

function isMadeOfNames(password: string, owner: PasswordOwner): boolean {
  const whole = folded(password);
  const rest = contextWords(owner).reduce((text, word) => text.replaceAll(word, ''), whole);
  return rest !== whole && (rest.length < REMAINDER_LENGTH || isCommonPassword(rest));
}
