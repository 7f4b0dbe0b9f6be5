/** How long a password is good that others have made or given: long enough to choose one's own (ASVS 5.0, 6.4.1). */
export const TEMPORARY_PASSWORD_SECONDS = 24 * 3_600;

/** PENDING: registered, and the e-mail address is not confirmed. */
export type UserStatus = 'ACTIVE' | 'SUSPENDED' | 'PENDING' | 'DELETED';

/** A user as the store gives it: without the password's hash, which only signing in reads. */
export interface UserRecord {
  readonly id: string;
  /** In lower case. Null for service accounts. */
  readonly email: string | null;
  readonly username: string;
  /** The user name in lower case. */
  readonly usernameKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly status: UserStatus;
  readonly emailVerified: boolean;
  /** Signing in asks for a second factor. */
  readonly mfaEnabled: boolean;
  readonly lastLogin: Date | null;
  /** JSON object of the user's own choice. */
  readonly metadata: unknown;
  /** Until when the password signs in, if it is a temporary one. */
  readonly passwordExpiresAt: Date | null;
  /** `sub` of the user at Auth0, when linked. */
  readonly auth0Id: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a new user begins with. */
export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** Null for users who sign in elsewhere. */
  readonly passwordHash: string | null;
  /** Others know the password: it is good for `TEMPORARY_PASSWORD_SECONDS`. False when left out. */
  readonly temporaryPassword?: boolean;
  /** ACTIVE when left out. */
  readonly status?: 'ACTIVE' | 'PENDING';
  /** False when left out. */
  readonly emailVerified?: boolean;
  readonly auth0Id?: string | null;
}
