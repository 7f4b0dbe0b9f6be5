import { emailAddress as asMailServersTakeIt, line, name, textProblem } from '@flowmesh/platform/validation';
import { z } from 'zod';

const USERNAME = /^[A-Za-z0-9._-]{2,64}$/;

const TOO_LONG = 'must have at most 254 characters';
/** Trimmed. */
const MAX_GIVEN_CHARACTERS = 1_000;

/** In the form that mail servers accept, in lower case, because addresses are compared without case. */
export const emailAddress = () =>
  z
    .string()
    // Checked before anything scans the text.
    .max(MAX_GIVEN_CHARACTERS, TOO_LONG)
    .transform((text, context) => {
      // Checked before lower-casing, which turns some non-ASCII letters into ASCII.
      const address = asMailServersTakeIt(text);
      if (address !== null) return address.toLowerCase();
      const message = text.trim().length > 254 ? TOO_LONG : 'must be an e-mail address, e.g. ada@example.com';
      context.issues.push({ code: 'custom', input: undefined, message });
      return z.NEVER;
    });

/** Surrounding white space is refused, not trimmed: the product does not guess at names. */
export const givenName = () =>
  z
    .string()
    .refine((given) => given === given.trim(), { error: 'must not begin or end with white space', abort: true })
    .pipe(name({ min: 1, max: 100 }));

/** The same, or null. */
export const personName = () =>
  givenName()
    .nullish()
    .transform((name) => name ?? null);

export const chosenUsername = () => z.string().regex(USERNAME, 'must be 2 to 64 letters (a to z), digits, ., _ or -');

/** The same, or null. */
export const username = () =>
  chosenUsername()
    .nullish()
    .transform((value) => value ?? null);

export const createUserInput = z.object({
  email: emailAddress(),
  username: username(),
  firstName: personName(),
  lastName: personName(),
  /** Checked by the policy. Absent: the user gets a mail to choose one. */
  password: z.string().nullish(),
  temporaryPassword: z.boolean(),
  roles: z
    .array(line({ min: 1, max: 100 }))
    .max(20, 'must be at most 20 roles')
    .nullish()
    .transform((names) => [...new Set(names ?? ['member'])]),
});

export type CreateUserValues = z.output<typeof createUserInput>;

export const userFilter = z.object({
  search: line({ max: 100 }).nullish(),
  status: z.enum(['ACTIVE', 'SUSPENDED', 'PENDING']).nullish(),
  role: line({ max: 100 }).nullish(),
});

export type UserFilterValues = z.output<typeof userFilter>;

/** A user name derived from the part of an e-mail address before the @, without unsuitable characters. */
export function usernameFrom(email: string): string {
  const name = (email.split('@', 1)[0] ?? '').replace(/[^a-z0-9._-]+/g, '-').slice(0, 48);
  return USERNAME.test(name) ? name : `user-${name}`;
}

/** Whether any object can have this id. */
export const isId = (value: string): boolean => value.length <= 128 && textProblem(value) === null;
