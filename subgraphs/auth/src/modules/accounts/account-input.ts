import { text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { PASSWORD_MAX_LENGTH } from '../../passwords/password-limits.ts';
import { emailAddress, personName, username } from '../users/user-input.ts';

/** The type of a new password; the policy checks the rest. */
const newPassword = () => z.string();

/** An existing password, as entered. */
export const givenPassword = () => text({ min: 1, max: PASSWORD_MAX_LENGTH });

export const registerInput = z.object({
  email: emailAddress(),
  username: username(),
  firstName: personName(),
  lastName: personName(),
  password: newPassword(),
});

export const emailInput = z.object({ email: emailAddress() });

export const resetPasswordInput = z.object({ token: z.string(), newPassword: newPassword() });

export const changePasswordInput = z.object({ currentPassword: givenPassword(), newPassword: newPassword() });
