import type { UserStatus } from '../users/user-record.ts';

export interface ServiceAccountRecord {
  readonly id: string;
  readonly name: string;
  /** The name in lower case. */
  readonly usernameKey: string;
  readonly description: string;
  readonly status: UserStatus;
  readonly ownerId: string | null;
  /** Counts changes, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
