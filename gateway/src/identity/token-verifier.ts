import { createLocalJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { ACCESS_TOKEN, ANONYMOUS, type IdentityProvider, type Viewer } from '@flowmesh/platform/access';
import { unauthenticated } from '@flowmesh/platform/errors';

interface VerifiedToken {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAt: number;
}

/** Revocation, suspension and changed roles hold at most this long after they happened. */
const SESSION_MAX_AGE_MS = 1_000;
const KEYS_MIN_AGE_MS = 10_000;

/**
 * Makes a viewer from an access token (RFC 9068): signature, type, issuer, audience and times by the token and the keys
 * of the auth service, rights by the state of the session, asked at most once a second per session.
 */
export class TokenVerifier {
  private readonly tokens = new LRUCache<string, VerifiedToken>({ max: 10_000 });
  private readonly sessions = new LRUCache<string, Promise<Viewer | null>>({ max: 10_000, ttl: SESSION_MAX_AGE_MS });
  private keys: { set: ReturnType<typeof createLocalJWKSet>; fetchedAt: number } | undefined;

  constructor(private readonly identity: IdentityProvider) {}

  /** Anonymous without the header; throws UNAUTHENTICATED (HTTP 401) for a token that is not good. */
  async viewerOf(authorization: string | undefined): Promise<Viewer> {
    if (authorization === undefined || authorization === '') return ANONYMOUS;
    const [scheme, token, ...rest] = authorization.trim().split(/\s+/);
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0)
      throw refused('is not of the form `Bearer <token>`');
    const verified = await this.verify(token);
    const viewer = await this.current(verified);
    if (!viewer) throw refused('belongs to a session that has ended');
    return viewer;
  }

  /** The viewer as of now; null when the token has expired or its session has ended. */
  async refresh(viewer: Viewer): Promise<Viewer | null> {
    if (viewer.kind !== 'user') return viewer;
    return this.current(viewer);
  }

  private current(token: VerifiedToken): Promise<Viewer | null> {
    if (token.expiresAt * 1_000 <= Date.now()) return Promise.resolve(null);
    const key = `${token.sessionId} ${token.userId} ${token.expiresAt}`;
    let viewer = this.sessions.get(key);
    if (!viewer) {
      viewer = this.askSession(token);
      this.sessions.set(key, viewer);
      viewer.catch(() => this.sessions.delete(key));
    }
    return viewer;
  }

  private async askSession({ sessionId, userId, expiresAt }: VerifiedToken): Promise<Viewer | null> {
    const state = await this.identity.session(sessionId);
    if (!state || state.userId !== userId) return null;
    return { kind: 'user', userId, scopes: state.scopes, sessionId, expiresAt };
  }

  private async verify(token: string): Promise<VerifiedToken> {
    const known = this.tokens.get(token);
    if (known) {
      if (known.expiresAt * 1_000 > Date.now()) return known;
      throw refused('has expired');
    }
    const payload = await this.payloadOf(token);
    const { sub: userId, sid: sessionId, exp: expiresAt } = payload;
    if (typeof userId !== 'string' || typeof sessionId !== 'string' || typeof expiresAt !== 'number') {
      throw refused('is not one of ours');
    }
    const verified = { userId, sessionId, expiresAt };
    this.tokens.set(token, verified);
    return verified;
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    try {
      return await this.check(token, await this.keySet(false));
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw explained(error);
    }
    try {
      return await this.check(token, await this.keySet(true));
    } catch (error) {
      throw explained(error);
    }
  }

  private async check(token: string, keys: ReturnType<typeof createLocalJWKSet>): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [ACCESS_TOKEN.algorithm],
      typ: ACCESS_TOKEN.type,
      issuer: ACCESS_TOKEN.issuer,
      audience: ACCESS_TOKEN.audience,
      requiredClaims: ['exp', 'iat', 'sub', 'sid'],
    });
    return payload;
  }

  /** Kept; asked for again when a token names a key we do not have, at most every 10 s. */
  private async keySet(refresh: boolean): Promise<ReturnType<typeof createLocalJWKSet>> {
    const { keys } = this;
    if (keys && !(refresh && Date.now() - keys.fetchedAt > KEYS_MIN_AGE_MS)) return keys.set;
    const set = createLocalJWKSet(await this.identity.jwks());
    this.keys = { set, fetchedAt: Date.now() };
    return set;
  }
}

function refused(reason: string) {
  const error = unauthenticated(`The access token ${reason}. Sign in again, or use refreshToken.`);
  // Read by Apollo Server.
  Object.assign(error.extensions, { http: { status: 401 } });
  return error;
}

function explained(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return refused('has expired');
  return error instanceof errors.JOSEError ? refused('is not valid') : error;
}
