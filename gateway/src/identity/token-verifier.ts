import { createLocalJWKSet, errors } from 'jose';
import { LRUCache } from 'lru-cache';
import {
  ANONYMOUS,
  API_KEY_PREFIX,
  verifyAccessToken,
  type AccessTokenClaims,
  type IdentityProvider,
  type SessionState,
  type Viewer,
} from '@flowmesh/platform/access';
import { unauthenticated } from '@flowmesh/platform/errors';
import { ApiKeyVerifier } from './api-key-verifier.ts';
import { FreshAnswers } from './fresh-answers.ts';

type KeySet = ReturnType<typeof createLocalJWKSet>;

const KEYS_MIN_AGE_MS = 10_000;
/** A key that was taken away, because somebody else has it, verifies nothing any more after this time. */
const KEYS_MAX_AGE_MS = 60_000;

/**
 * Makes a viewer from an access token (RFC 9068): signature, type, issuer, audience and times by the token and the keys
 * of the auth service, rights by the state of the session. API keys come the same way, and know nothing by themselves.
 */
export class TokenVerifier {
  private readonly tokens = new LRUCache<string, AccessTokenClaims>({ max: 10_000 });
  private readonly viewers: FreshAnswers<AccessTokenClaims, Viewer | null>;
  private readonly tokenOf = new WeakMap<Viewer, AccessTokenClaims>();
  private readonly apiKeys: ApiKeyVerifier;
  private keys: { set: KeySet; fetchedAt: number } | undefined;

  constructor(private readonly identity: IdentityProvider) {
    this.apiKeys = new ApiKeyVerifier(identity);
    this.viewers = new FreshAnswers(
      ({ tokenId }) => tokenId,
      async (tokens) => {
        const states = await identity.sessions(tokens.map(({ sessionId, tokenId }) => ({ sessionId, tokenId })));
        return tokens.map((token, index) => this.viewerFor(token, states[index] ?? null));
      },
    );
  }

  /** Anonymous without the header; throws UNAUTHENTICATED (HTTP 401) for a token that is not good. */
  async viewerOf(authorization: string | undefined): Promise<Viewer> {
    if (authorization === undefined || authorization === '') return ANONYMOUS;
    const [scheme, token, ...rest] = authorization.trim().split(/\s+/);
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0)
      throw refused('is not of the form `Bearer <token>`');
    if (token.startsWith(API_KEY_PREFIX)) return this.viewerOfKey(token);
    const viewer = await this.current(await this.verify(token));
    if (!viewer) throw refused('belongs to a session that has ended');
    return viewer;
  }

  /** The viewer as of now, asked anew; null when the token or key has ended, or its session has. */
  async refresh(viewer: Viewer): Promise<Viewer | null> {
    if (viewer.kind === 'api-key') return this.apiKeys.refresh(viewer);
    const token = this.tokenOf.get(viewer);
    if (!token) return viewer;
    return isOver(token) ? null : this.viewers.ask(token);
  }

  private async current(token: AccessTokenClaims): Promise<Viewer | null> {
    return isOver(token) ? null : this.viewers.current(token);
  }

  private async viewerOfKey(key: string): Promise<Viewer> {
    const viewer = await this.apiKeys.viewerOf(key);
    if (!viewer) throw unauthorized('The API key is not good: it is unknown, has expired or was revoked.');
    return viewer;
  }

  private viewerFor(token: AccessTokenClaims, state: SessionState | null): Viewer | null {
    const { sessionId, userId, expiresAt } = token;
    if (!state || state.userId !== userId) return null;
    const viewer: Viewer = {
      kind: 'user',
      userId,
      scopes: state.scopes,
      sessionId,
      expiresAt,
      recentUntil: state.recentUntil,
    };
    this.tokenOf.set(viewer, token);
    return viewer;
  }

  private async verify(token: string): Promise<AccessTokenClaims> {
    const known = this.tokens.get(token);
    if (known) {
      if (isOver(known)) throw refused('has expired');
      return known;
    }
    const claims = await this.claimsOf(token);
    this.tokens.set(token, claims);
    return claims;
  }

  private async claimsOf(token: string): Promise<AccessTokenClaims> {
    try {
      return await verifyAccessToken(token, await this.keySet(KEYS_MAX_AGE_MS));
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw explained(error);
    }
    try {
      return await verifyAccessToken(token, await this.keySet(KEYS_MIN_AGE_MS));
    } catch (error) {
      throw explained(error);
    }
  }

  /** Kept so long; a token that names a key we do not have makes us look again, but not all the time. */
  private async keySet(maxAgeMs: number): Promise<KeySet> {
    const { keys } = this;
    if (keys && Date.now() - keys.fetchedAt < maxAgeMs) return keys.set;
    const set = createLocalJWKSet(await this.identity.jwks());
    this.keys = { set, fetchedAt: Date.now() };
    return set;
  }
}

const isOver = ({ expiresAt }: AccessTokenClaims): boolean => expiresAt * 1_000 <= Date.now();

const refused = (reason: string) => unauthorized(`The access token ${reason}. Sign in again, or use refreshToken.`);

function unauthorized(message: string) {
  const error = unauthenticated(message);
  // Read by Apollo Server.
  Object.assign(error.extensions, { http: { status: 401 } });
  return error;
}

function explained(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return refused('has expired');
  return error instanceof errors.JOSEError ? refused('is not valid') : error;
}
