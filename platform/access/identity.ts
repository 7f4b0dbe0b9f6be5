import type { JSONWebKeySet } from 'jose';

/** What the gateway must know of a session to act for it, not older than a second. */
export interface SessionState {
  readonly userId: string;
  readonly scopes: readonly string[];
}

/** The auth service, as the gateway needs it: in this process or over HTTP. */
export interface IdentityProvider {
  /** Public keys of access tokens; changes when keys rotate. */
  jwks(): Promise<JSONWebKeySet>;
  /** Null when the session has ended or its user may not act any more. */
  session(sessionId: string): Promise<SessionState | null>;
}

/** Claims of an access token: RS256, `typ: at+jwt`. */
export const ACCESS_TOKEN = { issuer: 'flowmesh', audience: 'flowmesh', type: 'at+jwt', algorithm: 'RS256' } as const;
