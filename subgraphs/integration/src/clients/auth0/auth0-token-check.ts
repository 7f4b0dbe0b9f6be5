import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import { unusableAnswer } from '../provider-failure.ts';
import type { Auth0Api } from './auth0-api.ts';

export interface CheckedToken {
  readonly valid: boolean;
  /** Why not, e.g. `ERR_JWT_EXPIRED`; null for one that is valid. */
  readonly reason: string | null;
  readonly subject: string | null;
  readonly expiresAt: string | null;
  readonly claims: object | null;
}

/** What makes a token one that is not good; other errors are those of the tenant’s keys. */
const NOT_GOOD = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JWKSNoMatchingKey,
];

/** Whether the tenant has signed a token, for this audience, and it has not ended. Throws `CallError`. */
export async function checkToken(
  api: Auth0Api,
  { token, audience, issuer }: { readonly token: string; readonly audience: string; readonly issuer: string },
): Promise<CheckedToken> {
  const keys = await api({ method: 'GET', path: '/.well-known/jwks.json', repeatable: true });
  try {
    const find = createLocalJWKSet(keys as JSONWebKeySet);
    const { payload } = await jwtVerify(token, find, { audience, issuer, algorithms: ['RS256', 'PS256'] });
    const { sub, exp } = payload;
    const expiresAt = exp === undefined ? null : new Date(exp * 1000).toISOString();
    return { valid: true, reason: null, subject: sub ?? null, expiresAt, claims: payload };
  } catch (error) {
    if (error instanceof errors.JOSEError && NOT_GOOD.some((kind) => error instanceof kind)) {
      return { valid: false, reason: error.code, subject: null, expiresAt: null, claims: null };
    }
    throw unusableAnswer('Auth0', 'its keys cannot be used', error);
  }
}
