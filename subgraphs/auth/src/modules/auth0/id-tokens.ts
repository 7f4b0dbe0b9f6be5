import { unavailable } from '@flowmesh/platform/errors';
import type { GuardedHttp } from '@flowmesh/platform/http';
import type { Logger } from '@flowmesh/platform/logging';
import { name } from '@flowmesh/platform/validation';
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { Auth0Config } from './auth0-config.ts';

/** The identity in an ID token. */
export interface Auth0Identity {
  /** `sub`. */
  readonly auth0Id: string;
  /** In lower case; null unless Auth0 has verified it. */
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** When the token expires. */
  readonly expiresAt: Date;
}

/** Checks ID tokens (OpenID Connect Core 1.0, 3.1.3.7). */
export interface IdTokens {
  /** Null for an invalid token. Throws `UNAVAILABLE` if the keys cannot be read. */
  verify(token: string, nonce: string | null): Promise<Auth0Identity | null>;
}

const ALGORITHMS = ['RS256'];
/** A sign-in follows shortly after Auth0 has issued the token. */
const MAX_AGE = '10 minutes';
const CLOCK_TOLERANCE = '30 seconds';
const FETCH = { deadlineMs: 5_000, maxBytes: 256 * 1024 };
/** Tokens with unknown keys cause at most one request in this time. */
const COOLDOWN_MS = 30_000;
const CACHED_MS = 600_000;

/** The claims that are read; others are ignored. */
const claims = z.object({
  sub: z.string().min(1).max(255),
  exp: z.number(),
  email: z.string().max(254).optional(),
  email_verified: z.unknown().optional(),
  given_name: z.unknown().optional(),
  family_name: z.unknown().optional(),
  azp: z.unknown().optional(),
  nonce: z.unknown().optional(),
});

/**
 * Verifies with the keys of the tenant, which are fetched when needed and cached for ten minutes. Keys that a token
 * itself refers to are ignored.
 */
export function createIdTokens(config: Auth0Config, http: GuardedHttp, logger: Logger): IdTokens {
  const keys = createRemoteJWKSet(new URL(config.jwksUrl), {
    [customFetch]: http.fetchWith(FETCH),
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: CACHED_MS,
    timeoutDuration: FETCH.deadlineMs,
  });
  return {
    async verify(token, nonce) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ALGORITHMS,
          issuer: config.issuer,
          audience: config.clientId,
          requiredClaims: ['sub', 'exp', 'iat'],
          maxTokenAge: MAX_AGE,
          clockTolerance: CLOCK_TOLERANCE,
        });
        return identityOf(payload, config.clientId, nonce);
      } catch (error) {
        if (isAboutTheToken(error)) return null;
        logger.warn({ err: error }, 'the keys of Auth0 cannot be read');
        throw unavailable('The keys of Auth0 cannot be read at the moment.');
      }
    },
  };
}

function identityOf(payload: JWTPayload, clientId: string, nonce: string | null): Auth0Identity | null {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) return null;
  const { sub, exp, email, email_verified, given_name, family_name, azp, nonce: given } = parsed.data;
  const others = Array.isArray(payload.aud) && payload.aud.length > 1;
  if ((others || azp !== undefined) && azp !== clientId) return null;
  if (nonce !== null && given !== nonce) return null;
  return {
    auth0Id: sub,
    email: email_verified === true && email !== undefined ? email.trim().toLowerCase() : null,
    firstName: nameOf(given_name),
    lastName: nameOf(family_name),
    expiresAt: new Date(exp * 1_000),
  };
}

const personName = name({ min: 1, max: 100 });

/** A name in its stored form; null for an invalid one, which is no reason to refuse the sign-in. */
const nameOf = (value: unknown): string | null => personName.safeParse(value).data ?? null;

const TOKEN_ERRORS = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

const isAboutTheToken = (error: unknown) => TOKEN_ERRORS.some((kind) => error instanceof kind);
