/** A session as sign-in and refresh need it. */
export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly expiresAt: Date;
}

/** A session as its owner sees it. */
export interface SessionView extends SessionRecord {
  /** Client address of the sign-in or of the last refresh. */
  readonly address: string | null;
  readonly userAgent: string | null;
  /** The sign-in used a second factor. */
  readonly mfa: boolean;
  readonly createdAt: Date;
  /** Accurate to a minute. */
  readonly lastUsedAt: Date;
  readonly revokedAt: Date | null;
  readonly revokedReason: string | null;
}

/** Why a session was ended. */
export type RevocationReason =
  | 'LOGOUT'
  | 'LOGOUT_EVERYWHERE'
  /** Its user signed in again with it. */
  | 'REPLACED'
  /** Ended by its owner from elsewhere, or by an administrator. */
  | 'REVOKED'
  | 'TOKEN_REUSED'
  | 'PASSWORD_CHANGED'
  | 'PASSWORD_RESET'
  | 'MFA_CHANGED'
  | 'AUTH0_UNLINKED'
  | 'MFA_RESET'
  /**
   * An administrator confirmed an address that somebody else had supplied, which voids credentials obtained through it.
   */
  | 'ADDRESS_VOUCHED_FOR'
  | 'USER_SUSPENDED'
  | 'USER_DELETED';

/** How long sessions last. */
export interface SessionLimits {
  /** A session ends when it was not used for this long. */
  readonly idleSeconds: number;
  /** The maximum age of a session. */
  readonly maxSeconds: number;
  /** A session of a user without a second factor may only set one up. Default false. */
  readonly mfaRequired?: boolean;
  /** How long a sign-in counts as recent. */
  readonly recentSeconds: number;
}

/** The tokens of a client. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
  readonly tokenType: 'Bearer';
}
