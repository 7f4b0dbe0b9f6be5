import type { NewEvent } from '@flowmesh/platform/events';

/** Payload, version 1, of `user.role.assigned` and `user.role.revoked`. */
export interface RoleChangedPayload {
  readonly userId: string;
  readonly role: string;
  /** The actor. */
  readonly actorId: string | null;
}

function roleChanged(type: string, payload: RoleChangedPayload): NewEvent<RoleChangedPayload> {
  return { type, version: 1, stream: `user:${payload.userId}`, ownerId: payload.userId, payload };
}

export const roleAssigned = (payload: RoleChangedPayload) => roleChanged('user.role.assigned', payload);
export const roleRevoked = (payload: RoleChangedPayload) => roleChanged('user.role.revoked', payload);

/**
 * Payload, version 1, of `role.created`, `role.updated` and `role.deleted`: the current role, or the last state of a
 * deleted one.
 */
export interface RolePayload {
  readonly roleId: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

type NamedRole = { readonly id: string; readonly name: string; readonly scopes: readonly string[] };

const roleEvent = (type: string, { id, name, scopes }: NamedRole): NewEvent<RolePayload> => ({
  type,
  version: 1,
  stream: `role:${id}`,
  // Roles have no owner.
  ownerId: '',
  payload: { roleId: id, name, scopes },
});

export const roleCreated = (role: NamedRole) => roleEvent('role.created', role);
export const roleUpdated = (role: NamedRole) => roleEvent('role.updated', role);
export const roleDeleted = (role: NamedRole) => roleEvent('role.deleted', role);
