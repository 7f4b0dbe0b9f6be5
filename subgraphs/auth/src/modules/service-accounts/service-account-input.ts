import { id, line, text } from '@flowmesh/platform/validation';
import { z } from 'zod';

/** The same rules as for user names. */
const name = () => z.string().regex(/^[A-Za-z0-9._-]{2,64}$/, 'must be 2 to 64 letters (a to z), digits, ., _ or -');

const description = () => text({ max: 500 });
const status = () => z.enum(['ACTIVE', 'SUSPENDED']);

/** Null means the same as absent. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

export const createServiceAccountInput = z.object({
  name: name(),
  description: description()
    .nullish()
    .transform((value) => value ?? ''),
  roles: z
    .array(line({ min: 1, max: 100 }))
    .max(20, 'must be at most 20 roles')
    .nullish()
    .transform((names) => [...new Set(names ?? [])]),
});

export const updateServiceAccountInput = z.object({
  id: id(),
  expectedVersion: z.int().min(1, 'must be at least 1'),
  name: optional(name()),
  description: optional(description()),
  status: optional(status()),
  ownerId: optional(id()),
});

export const deleteServiceAccountInput = z.object({ id: id() });

export const serviceAccountFilter = z.object({
  search: line({ max: 100 }).nullish(),
  status: status().nullish(),
  ownerId: id().nullish(),
  role: line({ max: 100 }).nullish(),
});

export type CreateServiceAccountValues = z.output<typeof createServiceAccountInput>;
export type UpdateServiceAccountValues = z.output<typeof updateServiceAccountInput>;
export type ServiceAccountFilterValues = z.output<typeof serviceAccountFilter>;
