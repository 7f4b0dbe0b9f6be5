import { scopeCovers } from '@flowmesh/platform/access';
import { id, line, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { SCOPES } from '../../__generated__/scopes.ts';

const NAMES = Object.keys(SCOPES);
const PATTERN = /^([a-z][a-z-]*|\*):([a-z][a-z-]*|\*)$/;

/** Whether the scope exists, or a wildcard matches at least one. */
const isAvailable = (scope: string) => PATTERN.test(scope) && NAMES.some((name) => scopeCovers(scope, name));

/** The scopes of a role or a key, sorted and without duplicates. */
export const scopeList = () =>
  z
    .array(z.string().max(200).refine(isAvailable, 'is no scope, and means none; `availableScopes` lists them'))
    .max(100, 'must be at most 100 scopes')
    .transform((scopes) => [...new Set(scopes)].sort());

const roleName = () =>
  z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits, ., _ or -');

const description = () => text({ max: 500 });

/** Null means the same as absent. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

export const createRoleInput = z.object({
  name: roleName(),
  description: description()
    .nullish()
    .transform((value) => value ?? ''),
  scopes: scopeList(),
});

export const updateRoleInput = z.object({
  id: id(),
  expectedVersion: z.int().min(1, 'must be at least 1'),
  name: optional(roleName()),
  description: optional(description()),
  scopes: optional(scopeList()),
});

export const deleteRoleInput = z.object({ id: id(), evenIfHeld: z.boolean() });

export const roleFilter = z.object({
  search: line({ max: 100 }).nullish(),
  isSystem: z.boolean().nullish(),
  allows: z.string().max(200).refine(isAvailable, 'is no scope; `availableScopes` lists them').nullish(),
});

export type CreateRoleValues = z.output<typeof createRoleInput>;
export type UpdateRoleValues = z.output<typeof updateRoleInput>;
export type RoleFilterValues = z.output<typeof roleFilter>;
