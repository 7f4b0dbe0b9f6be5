import type { JSONWebKeySet } from 'jose';

/** What the gateway needs to know about a session to act for it. */
export interface SessionState {
  readonly userId: string;
  readonly scopes: readonly string[];
  /** Roles that are held, by id. */
  readonly roleIds?: readonly string[] | undefined;
  /** Until when the sign-in counts as recent, in seconds since 1970. */
  readonly recentUntil: number;
  /** A second factor is required, and the user has none: the session is for setting one up. */
  readonly mfaEnrolmentRequired: boolean;
}

/** A token whose signature and expiry are valid: its id and its session. */
export interface SessionQuestion {
  readonly sessionId: string;
  readonly tokenId: string;
}

/** What the gateway needs to know about an API key to act for it. */
export interface ApiKeyState {
  readonly keyId: string;
  readonly userId: string;
  readonly principal: 'user' | 'service-account';
  /** Scopes that both the key and its owner have. */
  readonly scopes: readonly string[];
  /** Roles that its owner holds, by id. */
  readonly roleIds?: readonly string[] | undefined;
  /** In seconds since 1970. */
  readonly expiresAt: number;
}

/** The auth service, as the gateway needs it: in this process or over HTTP. */
export interface IdentityProvider {
  /** Public keys of access tokens; changes when keys rotate. */
  jwks(): Promise<JSONWebKeySet>;
  /**
   * In the order of the tokens, at most 500. Null when the session has ended, the token was revoked, or the user is no
   * longer active.
   */
  sessions(questions: readonly SessionQuestion[]): Promise<readonly (SessionState | null)[]>;
  /**
   * By `apiKeyHash`, in the order of the hashes, at most 500. Null when there is no such key, it has expired or was
   * revoked, or its owner is no longer active.
   */
  apiKeys(hashes: readonly string[]): Promise<readonly (ApiKeyState | null)[]>;
}
