import type { NewEvent } from '@flowmesh/platform/events';

export interface AccountPayload {
  readonly userId: string;
}

const accountEvent = (type: string, userId: string): NewEvent<AccountPayload> => ({
  type,
  version: 1,
  stream: `user:${userId}`,
  ownerId: userId,
  payload: { userId },
});

/** `user.email.verified`, version 1. Without the address: consumers query auth for it. */
export const emailVerified = (userId: string) => accountEvent('user.email.verified', userId);

/** `user.password.changed`, version 1. */
export const passwordChanged = (userId: string) => accountEvent('user.password.changed', userId);
