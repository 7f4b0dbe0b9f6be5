import DataLoader from 'dataloader';
import { createLocalJWKSet, errors } from 'jose';
import { LRUCache } from 'lru-cache';
import {
  ANONYMOUS,
  verifyAccessToken,
  type AccessTokenClaims,
  type IdentityProvider,
  type SessionQuestion,
  type SessionState,
  type Viewer,
} from '@flowmesh/platform/access';
import { unauthenticated } from '@flowmesh/platform/errors';

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Revocation, suspension and changed roles hold at most this long after they happened; see SessionWatch. */
const SESSION_MAX_AGE_MS = 500;
const QUESTIONS_AT_ONCE = 500;
const KEYS_MIN_AGE_MS = 10_000;
/** A key that was taken away, because somebody else has it, verifies nothing any more after this time. */
const KEYS_MAX_AGE_MS = 60_000;

/**
 * Makes a viewer from an access token (RFC 9068): signature, type, issuer, audience and times by the token and the keys
 * of the auth service, rights by the state of the session. Sessions that are asked for at the same time are one
 * question, and an answer is good for a moment.
 */
export class TokenVerifier {
  private readonly tokens = new LRUCache<string, AccessTokenClaims>({ max: 10_000 });
  private readonly viewers = new LRUCache<string, Promise<Viewer | null>>({ max: 10_000, ttl: SESSION_MAX_AGE_MS });
  private readonly asking = new Map<string, Promise<Viewer | null>>();
  private readonly tokenOf = new WeakMap<Viewer, AccessTokenClaims>();
  private readonly states: DataLoader<SessionQuestion, SessionState | null>;
  private keys: { set: KeySet; fetchedAt: number } | undefined;

  constructor(private readonly identity: IdentityProvider) {
    this.states = new DataLoader((questions) => identity.sessions(questions), {
      cache: false,
      maxBatchSize: QUESTIONS_AT_ONCE,
    });
  }

  /** Anonymous without the header; throws UNAUTHENTICATED (HTTP 401) for a token that is not good. */
  async viewerOf(authorization: string | undefined): Promise<Viewer> {
    if (authorization === undefined || authorization === '') return ANONYMOUS;
    const [scheme, token, ...rest] = authorization.trim().split(/\s+/);
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0)
      throw refused('is not of the form `Bearer <token>`');
    const viewer = await this.current(await this.verify(token));
    if (!viewer) throw refused('belongs to a session that has ended');
    return viewer;
  }

  /** The viewer as of now, asked anew; null when the token has expired or was revoked, or its session has ended. */
  async refresh(viewer: Viewer): Promise<Viewer | null> {
    const token = this.tokenOf.get(viewer);
    if (!token) return viewer;
    return isOver(token) ? null : this.ask(token);
  }

  private async current(token: AccessTokenClaims): Promise<Viewer | null> {
    if (isOver(token)) return null;
    return this.viewers.get(token.tokenId) ?? this.ask(token);
  }

  /** One question at a time for a token, however many wait for the answer. */
  private ask(token: AccessTokenClaims): Promise<Viewer | null> {
    const { tokenId } = token;
    const known = this.asking.get(tokenId);
    if (known) return known;
    const viewer = this.askSession(token).finally(() => this.asking.delete(tokenId));
    this.asking.set(tokenId, viewer);
    this.viewers.set(tokenId, viewer);
    viewer.catch(() => this.viewers.delete(tokenId));
    return viewer;
  }

  private async askSession(token: AccessTokenClaims): Promise<Viewer | null> {
    const { sessionId, tokenId, userId, expiresAt } = token;
    const state = await this.states.load({ sessionId, tokenId });
    if (!state || state.userId !== userId) return null;
    const viewer: Viewer = { kind: 'user', userId, scopes: state.scopes, sessionId, expiresAt };
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
