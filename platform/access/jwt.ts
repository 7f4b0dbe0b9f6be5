import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';

// Tokens that the product issues itself. Tokens of others (Auth0) are verified where they are received.

/** What all tokens of a kind have in common. */
export interface TokenKind {
  readonly algorithm: 'RS256' | 'HS256';
  /** Exact value of `typ`, so that a token of one kind is not accepted as another (RFC 8725, 3.11). */
  readonly type: string;
  readonly issuer: string;
  /** Maximum time from `iat` to `exp`. */
  readonly lifetimeSeconds: number;
}

export interface TokenHeader {
  /** `kid`. */
  readonly keyId?: string | undefined;
}

export type TokenClaims = Readonly<Record<string, unknown>>;

/** An invalid token. EXPIRED: valid except that it has expired. */
export class TokenError extends Error {
  constructor(
    readonly reason: 'EXPIRED' | 'UNKNOWN_KEY' | 'INVALID',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TokenError';
  }
}

/** Tolerated difference between the clocks of two processes. */
const CLOCK_TOLERANCE_SECONDS = 5;

const claimsSchema = z.looseObject({ iat: z.number(), exp: z.number(), aud: z.string() });

/** `claims` need `iat` and `exp`, in seconds since 1970. Blocks the event loop while it signs. */
export function signToken(
  claims: TokenClaims,
  key: KeyObject,
  kind: TokenKind,
  to: { readonly audience: string; readonly keyId?: string },
): string {
  const { algorithm, type, issuer } = kind;
  const header = { alg: algorithm, typ: type, ...(to.keyId !== undefined && { kid: to.keyId }) };
  return jwt.sign(claims, key, { algorithm, issuer, audience: to.audience, header });
}

/**
 * The header, used to find the key; it is not verified yet. Throws TokenError INVALID unless it is written exactly as
 * `signToken` writes this kind. This ensures the right algorithm and type, excludes extensions (`crit`) and embedded keys
 * (`jwk`, `jku`), and excludes other encodings and duplicate members, which two parsers could read differently.
 */
export function readHeader(token: string, kind: TokenKind): TokenHeader {
  return asTokenError(() => {
    const written = jwt.decode(token, { complete: true });
    if (!written || !isCanonical(token, written)) throw new Error('not written as we write tokens');
    const { alg, typ, kid, ...others }: TokenClaims = { ...written.header };
    if (alg !== kind.algorithm || typ !== kind.type) throw new Error('another kind of token');
    if (Object.keys(others).length > 0) throw new Error('a header with more than we write');
    if (kid !== undefined && typeof kid !== 'string') throw new Error('a key id that is no text');
    return { keyId: kid };
  });
}

/**
 * Claims of a token of this kind, for this audience alone. Throws TokenError EXPIRED, or INVALID for any other fault:
 * of the header, the signature, the issuer, the audience, `nbf`, `iat` in the future, or `exp` further from it than the kind allows.
 */
export function verifyToken(token: string, key: KeyObject, kind: TokenKind, audience: string): TokenClaims {
  readHeader(token, kind);
  return asTokenError(() => {
    const { algorithm, issuer, lifetimeSeconds } = kind;
    const options = { algorithms: [algorithm], issuer, audience, clockTolerance: CLOCK_TOLERANCE_SECONDS };
    // The library also accepts tokens that never expire, and tokens for several audiences.
    const claims = claimsSchema.parse(jwt.verify(token, key, options));
    const { iat, exp } = claims;
    if (iat > Date.now() / 1_000 + CLOCK_TOLERANCE_SECONDS) throw new Error('issued in the future');
    if (exp > iat + lifetimeSeconds) throw new Error('good for too long');
    return claims;
  });
}

function isCanonical(token: string, { header, payload }: jwt.Jwt): boolean {
  const [first, second, signature = ''] = token.split('.');
  const encode = (part: object | string) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return (
    encode(header) === first &&
    encode(payload) === second &&
    Buffer.from(signature, 'base64url').toString('base64url') === signature
  );
}

function asTokenError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = error instanceof jwt.TokenExpiredError ? 'EXPIRED' : 'INVALID';
    throw new TokenError(reason, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
