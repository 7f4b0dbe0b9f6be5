import { ACCESS_TOKEN, verifyAccessToken, type AccessTokenClaims } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { createLocalJWKSet, errors, SignJWT } from 'jose';
import type { SigningKeys } from './signing-keys.ts';

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Issues access tokens (RFC 9068): who and which session. What the session may do is asked of the session. */
export class AccessTokens {
  constructor(private readonly keys: SigningKeys) {}

  /** Good for 15 minutes, and never longer than its session. */
  async issue(session: {
    readonly id: string;
    readonly userId: string;
    readonly expiresAt: Date;
  }): Promise<AccessToken> {
    const { id: kid, privateKey } = await this.keys.active();
    const now = Math.floor(Date.now() / 1_000);
    const expires = Math.min(now + ACCESS_TOKEN.lifetimeSeconds, Math.floor(session.expiresAt.getTime() / 1_000));
    const token = await new SignJWT({ sid: session.id })
      .setProtectedHeader({ alg: ACCESS_TOKEN.algorithm, typ: ACCESS_TOKEN.type, kid })
      .setIssuer(ACCESS_TOKEN.issuer)
      .setAudience(ACCESS_TOKEN.audience)
      .setSubject(session.userId)
      .setJti(newId())
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(privateKey);
    return { token, expiresAt: new Date(expires * 1_000) };
  }

  /** What a token says, when it is one of ours and has not expired; whether it was revoked the session store knows. */
  async verify(token: string): Promise<AccessTokenClaims | null> {
    try {
      return await verifyAccessToken(token, createLocalJWKSet(await this.keys.jwks()));
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}
