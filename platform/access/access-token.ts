import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** Claims of an access token (RFC 9068): RS256, `typ: at+jwt`, good for 15 minutes at most. */
export const ACCESS_TOKEN = {
  issuer: 'flowmesh',
  audience: 'flowmesh',
  type: 'at+jwt',
  algorithm: 'RS256',
  lifetimeSeconds: 15 * 60,
} as const;

/** What an access token says: who, which session, which token. What they may do is asked of the session. */
export interface AccessTokenClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly tokenId: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The clocks of two processes may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 5;
const MAX_LENGTH = 4_096;

const claims = z.object({
  sub: z.string().min(1),
  sid: z.string().min(1),
  jti: z.string().min(1),
  iat: z.number(),
  exp: z.number(),
});

/** Throws an error of `jose` for a token that is not good; one has expired when it is a `JWTExpired`. */
export async function verifyAccessToken(token: string, keys: JWTVerifyGetKey): Promise<AccessTokenClaims> {
  if (token.length > MAX_LENGTH || !isCanonical(token)) throw new errors.JWTInvalid('not written as we write tokens');
  const { payload } = await jwtVerify(token, keys, {
    algorithms: [ACCESS_TOKEN.algorithm],
    typ: ACCESS_TOKEN.type,
    issuer: ACCESS_TOKEN.issuer,
    audience: ACCESS_TOKEN.audience,
    maxTokenAge: ACCESS_TOKEN.lifetimeSeconds,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'iat', 'sub', 'sid', 'jti'],
  });
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw new errors.JWTInvalid('a claim has the wrong type');
  const { sub: userId, sid: sessionId, jti: tokenId, iat: issuedAt, exp: expiresAt } = parsed.data;
  return { userId, sessionId, tokenId, issuedAt, expiresAt };
}

/** One token has one spelling: base64url has others that decode to the same bytes. */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
