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

/** Whose password it is: what stands here is known to others, so it makes no password. */
export interface PasswordOwner {
  readonly email?: string | null;
  readonly username?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  /** A second factor is asked for: the password may be shorter. */
  readonly mfaEnabled?: boolean;
}

export interface PasswordLengths {
  /** Characters at least. */
  readonly min: number;
  /** The same for users with a second factor. */
  readonly minWithMfa: number;
}

const TOO_LONG = 'must have at most 1,024 characters';

const PRODUCT_NAME = 'flowmesh';
/** Shorter words are in too many others. */
const CONTEXT_WORD_LENGTH = 3;
/** Characters that must be left when names and the like are taken away. */
const REMAINDER_LENGTH = 8;

/**
 * What a new password must be (NIST SP 800-63B, OWASP ASVS 5.0 6.2): long enough, not among those that are common or known
 * from breaches, no repetition or sequence, and not made of names. No rules about kinds of characters. Any Unicode is taken exactly as it comes, without normalisation or
 * trimming: whatever a client sends is what must be sent again.
 */
export class PasswordPolicy {
  constructor(private readonly lengths: PasswordLengths) {}

  /** Everything that is wrong with a new password; empty when it can be used. */
  problems(password: string, owner: PasswordOwner): string[] {
    // A character has at most two units: nothing needs to go over all of a text to know that it is too long.
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

  /** Checks an input with a new password in `field`; its problems are told together with all others. */
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

/** Words that say nothing new to somebody who knows the user, the longest first. */
export function contextWords({ email, username, firstName, lastName }: PasswordOwner): string[] {
  // What is longer than a password is in none; what has been given may be of any length.
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
