import type { NewEvent } from '@flowmesh/platform/events';

export interface UserRegisteredPayload {
  /** Of `user`. */
  readonly userId: string;
  readonly username: string;
}

/** `user.registered`, version 1. Without the e-mail address: consumers query auth for it. */
export const userRegistered = ({
  id,
  username,
}: {
  readonly id: string;
  readonly username: string;
}): NewEvent<UserRegisteredPayload> => ({
  type: 'user.registered',
  version: 1,
  stream: `user:${id}`,
  ownerId: id,
  payload: { userId: id, username },
});
