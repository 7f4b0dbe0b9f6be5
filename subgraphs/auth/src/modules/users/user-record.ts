/** How long a generated or assigned password is valid: long enough to choose another one (ASVS 5.0, 6.4.1). */
export const TEMPORARY_PASSWORD_SECONDS = 24 * 3_600;

/** PENDING: registered, but the e-mail address is not confirmed. */
export type UserStatus = 'ACTIVE' | 'SUSPENDED' | 'PENDING' | 'DELETED';

/** A user as the store returns it, without the password hash, which only sign-in reads. */
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
  /** Sign-in requires a second factor. */
  readonly mfaEnabled: boolean;
  readonly lastLogin: Date | null;
  /** Custom JSON object of the user. */
  readonly metadata: unknown;
  /** When the password expires, if it is temporary. */
  readonly passwordExpiresAt: Date | null;
  /** `sub` of the user at Auth0, when linked. */
  readonly auth0Id: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The initial values of a user. */
export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** Null for users who only sign in with Auth0. */
  readonly passwordHash: string | null;
  /** Others know the password: it is valid for `TEMPORARY_PASSWORD_SECONDS`. Default false. */
  readonly temporaryPassword?: boolean;
  /** Default ACTIVE. */
  readonly status?: 'ACTIVE' | 'PENDING';
  /** Default false. */
  readonly emailVerified?: boolean;
  readonly auth0Id?: string | null;
}
