import { id, jsonObject, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { givenPassword } from '../accounts/account-input.ts';
import { chosenUsername, emailAddress, givenName } from '../users/user-input.ts';

/** Null means the same as absent. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

export const updateUserInput = z.object({
  id: optional(id()),
  username: optional(chosenUsername()),
  /** Null removes it. */
  firstName: givenName().nullable().optional(),
  lastName: givenName().nullable().optional(),
  metadata: optional(jsonObject({ maxBytes: 16_000, maxKeys: 100 })),
  email: optional(emailAddress()),
  currentPassword: optional(givenPassword()),
});

export const suspendUserInput = z.object({ id: id(), reason: optional(text({ max: 500 })) });

export const resetUserMfaInput = z.object({ id: id(), reason: optional(text({ max: 500 })) });

export const reactivateUserInput = z.object({ id: id() });

export const deleteUserInput = z.object({ id: optional(id()), currentPassword: optional(givenPassword()) });

export type UpdateUserValues = z.output<typeof updateUserInput>;
