import type { NewEvent } from '@flowmesh/platform/events';

/** Payload, version 1, of `user.role.assigned` and `user.role.revoked`. */
export interface RoleChangedPayload {
  readonly userId: string;
  readonly role: string;
  /** Who did it. */
  readonly actorId: string | null;
}

function roleChanged(type: string, payload: RoleChangedPayload): NewEvent<RoleChangedPayload> {
  return { type, version: 1, stream: `user:${payload.userId}`, ownerId: payload.userId, payload };
}

export const roleAssigned = (payload: RoleChangedPayload) => roleChanged('user.role.assigned', payload);
export const roleRevoked = (payload: RoleChangedPayload) => roleChanged('user.role.revoked', payload);
