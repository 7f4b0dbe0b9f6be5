import {
  ACCESS_TOKEN,
  accessTokenKeys,
  signAccessToken,
  TokenError,
  verifyAccessToken,
  type AccessTokenClaims,
} from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { SigningKeys } from './signing-keys.ts';

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * Issues access tokens (RFC 9068). A token identifies user and session; permissions are those of the session at the
 * time of use.
 */
export class AccessTokens {
  constructor(private readonly keys: SigningKeys) {}

  /** Valid for 15 minutes, and never longer than its session. */
  async issue(session: {
    readonly id: string;
    readonly userId: string;
    readonly expiresAt: Date;
  }): Promise<AccessToken> {
    const { id: keyId, privateKey } = await this.keys.active();
    const issuedAt = Math.floor(Date.now() / 1_000);
    const expiresAt = Math.min(
      issuedAt + ACCESS_TOKEN.lifetimeSeconds,
      Math.floor(session.expiresAt.getTime() / 1_000),
    );
    const claims = { userId: session.userId, sessionId: session.id, tokenId: newId(), issuedAt, expiresAt };
    return { token: signAccessToken(claims, keyId, privateKey), expiresAt: new Date(expiresAt * 1_000) };
  }

  /**
   * The claims of a token that we issued and that has not expired. It may have been revoked: the session store knows.
   */
  async verify(token: string): Promise<AccessTokenClaims | null> {
    try {
      return await verifyAccessToken(token, accessTokenKeys(await this.keys.jwks()));
    } catch (error) {
      if (error instanceof TokenError) return null;
      throw error;
    }
  }
}
