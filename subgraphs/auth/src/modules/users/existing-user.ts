import type { UserRecord } from './user-record.ts';

/** A user whom the operation has just changed. */
export function existing(user: UserRecord | null): UserRecord {
  if (!user) throw new Error('the user was removed while the operation ran');
  return user;
}
