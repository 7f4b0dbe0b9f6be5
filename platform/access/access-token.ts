import { KeyObject } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { readHeader, signToken, TokenError, verifyToken } from './jwt.ts';

/** Claims of an access token (RFC 9068): RS256, `typ: at+jwt`, valid for 15 minutes at most. */
export const ACCESS_TOKEN = {
  issuer: 'flowmesh',
  audience: 'flowmesh',
  type: 'at+jwt',
  algorithm: 'RS256',
  lifetimeSeconds: 15 * 60,
} as const;

/** Content of an access token: user, session and token id. The permissions come from the session. */
export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly tokenId: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The public key of this id. Throws TokenError UNKNOWN_KEY when there is none, or more than one. */
export type AccessTokenKeys = (keyId: string) => Promise<KeyObject>;

const MAX_LENGTH = 4_096;

const claimsSchema = z.object({
  sub: z.string().min(1),
  sid: z.string().min(1),
  jti: z.string().min(1),
  iat: z.number(),
  exp: z.number(),
});

/** Keys of a key set (RFC 7517), each parsed once. */
export function accessTokenKeys(keySet: JSONWebKeySet): AccessTokenKeys {
  const find = createLocalJWKSet(keySet);
  return async (keyId) => {
    try {
      return KeyObject.from(await find({ alg: ACCESS_TOKEN.algorithm, kid: keyId }));
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw new TokenError('UNKNOWN_KEY', 'names a key that is not in the set', { cause: error });
    }
  };
}

export function signAccessToken(claims: AccessTokenClaims, keyId: string, privateKey: KeyObject): string {
  const { userId: sub, sessionId: sid, tokenId: jti, issuedAt: iat, expiresAt: exp } = claims;
  return signToken({ sub, sid, jti, iat, exp }, privateKey, ACCESS_TOKEN, { audience: ACCESS_TOKEN.audience, keyId });
}

/** Throws TokenError for an invalid token. */
export async function verifyAccessToken(token: string, keys: AccessTokenKeys): Promise<AccessTokenClaims> {
  if (token.length > MAX_LENGTH) throw new TokenError('INVALID', 'longer than our tokens are');
  const { keyId } = readHeader(token, ACCESS_TOKEN);
  if (keyId === undefined) throw new TokenError('INVALID', 'names no key');
  const claims = claimsSchema.safeParse(verifyToken(token, await keys(keyId), ACCESS_TOKEN, ACCESS_TOKEN.audience));
  if (!claims.success) throw new TokenError('INVALID', 'a claim is missing or has the wrong type');
  const { sub: userId, sid: sessionId, jti: tokenId, iat: issuedAt, exp: expiresAt } = claims.data;
  return { userId, sessionId, tokenId, issuedAt, expiresAt };
}
