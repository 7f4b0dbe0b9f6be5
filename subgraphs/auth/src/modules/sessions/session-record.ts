/** A session as signing in and going on need it. */
export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly expiresAt: Date;
}

/** A session as its owner sees it. */
export interface SessionView extends SessionRecord {
  /** Where it was begun or refreshed last. */
  readonly address: string | null;
  readonly userAgent: string | null;
  /** A second factor was given. */
  readonly mfa: boolean;
  readonly createdAt: Date;
  /** To within a minute. */
  readonly lastUsedAt: Date;
  readonly revokedAt: Date | null;
  readonly revokedReason: string | null;
}

/** Why a session ended before its time. */
export type RevocationReason =
  | 'LOGOUT'
  | 'LOGOUT_EVERYWHERE'
  /** Its user has signed in again with it. */
  | 'REPLACED'
  /** By its owner from elsewhere, or by an administrator. */
  | 'REVOKED'
  | 'TOKEN_REUSED'
  | 'PASSWORD_CHANGED'
  | 'PASSWORD_RESET'
  | 'MFA_CHANGED'
  | 'AUTH0_UNLINKED'
  | 'MFA_RESET'
  /** An administrator vouched for an address that somebody else had given: what was made through it is void. */
  | 'ADDRESS_VOUCHED_FOR'
  | 'USER_SUSPENDED'
  | 'USER_DELETED';

/** How long sessions last. */
export interface SessionLimits {
  /** A session that is not used for so long has ended. */
  readonly idleSeconds: number;
  /** It ends then, however much it is used. */
  readonly maxSeconds: number;
  /** A session of somebody without a second factor may do nothing but set one up. Default false. */
  readonly mfaRequired?: boolean;
  /** How long a sign-in counts as recent. */
  readonly recentSeconds: number;
}

/** What a client acts with. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
  readonly tokenType: 'Bearer';
}
