/** What a token endpoint has given. */
export interface Tokens {
  readonly accessToken: string;
  /** With which the next access token is obtained without anybody's doing. */
  readonly refreshToken: string | null;
  /** Scopes that were given, where the endpoint says so. */
  readonly scope: string | null;
  /** Null when the endpoint does not say. */
  readonly expiresAt: Date | null;
  /** From when the next one is asked for, while this one is used on. */
  readonly renewAt: Date | null;
}

/** The tokens of one integration as they are stored. */
export interface StoredTokens {
  readonly integrationId: string;
  /** Of the settings that they were obtained with: for others they are no good. */
  readonly grantDigest: string;
  readonly sealedTokens: string | null;
  readonly scope: string | null;
  readonly expiresAt: Date | null;
  readonly renewAt: Date | null;
  /** Who has allowed it; null for client credentials. */
  readonly authorizedBy: string | null;
  readonly authorizedAt: Date | null;
  /** Why the last request for a token failed; null when it succeeded. */
  readonly error: string | null;
}

/** What was begun, and waits for somebody to allow it. */
export interface PendingAuthorization {
  readonly stateHash: string;
  readonly integrationId: string;
  readonly userId: string;
  readonly grantDigest: string;
  readonly redirectUri: string;
  readonly sealedVerifier: string;
  readonly expiresAt: Date;
}
