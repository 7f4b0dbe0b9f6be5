import type { NewEvent } from '@flowmesh/platform/events';

/** Payload, version 1, of `user.updated`; without values: consumers query auth for them. */
export interface UserUpdatedPayload {
  readonly userId: string;
  /** Names of the fields that changed. */
  readonly fields: readonly string[];
}

const ofUser = <Payload extends { readonly userId: string }>(type: string, payload: Payload): NewEvent<Payload> => ({
  type,
  version: 1,
  stream: `user:${payload.userId}`,
  ownerId: payload.userId,
  payload,
});

export const userUpdated = (userId: string, fields: readonly string[]) => ofUser('user.updated', { userId, fields });
/** `user.suspended`, `user.reactivated` and `user.deleted`, version 1. */
export const userSuspended = (userId: string) => ofUser('user.suspended', { userId });
export const userReactivated = (userId: string) => ofUser('user.reactivated', { userId });
export const userDeleted = (userId: string) => ofUser('user.deleted', { userId });
