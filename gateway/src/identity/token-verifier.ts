import { LRUCache } from 'lru-cache';
import {
  ANONYMOUS,
  accessTokenKeys,
  API_KEY_PREFIX,
  TokenError,
  verifyAccessToken,
  type AccessTokenClaims,
  type AccessTokenKeys,
  type IdentityProvider,
  type SessionState,
  type Viewer,
} from '@flowmesh/platform/access';
import { ErrorCode, PublicError, unauthenticated } from '@flowmesh/platform/errors';
import { ApiKeyVerifier } from './api-key-verifier.ts';
import { FreshAnswers } from './fresh-answers.ts';

const KEYS_MIN_AGE_MS = 10_000;
/** A revoked signing key verifies no token after this time. */
const KEYS_MAX_AGE_MS = 60_000;

/**
 * Determines the viewer of an access token (RFC 9068): the token and the keys of the auth service prove signature,
 * type, issuer, audience and times; the state of the session determines permissions. API keys arrive in the same header
 * and contain no claims.
 */
export class TokenVerifier {
  private readonly tokens = new LRUCache<string, AccessTokenClaims>({ max: 10_000 });
  private readonly viewers: FreshAnswers<AccessTokenClaims, Viewer | null>;
  private readonly tokenOf = new WeakMap<Viewer, AccessTokenClaims>();
  private readonly apiKeys: ApiKeyVerifier;
  private keys: { set: AccessTokenKeys; fetchedAt: number } | undefined;

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

  /**
   * Anonymous without the header. Throws ACCESS_TOKEN_EXPIRED for an expired token, UNAUTHENTICATED for any other
   * invalid one, UNAVAILABLE if the auth service does not answer.
   */
  async viewerOf(authorization: string | undefined): Promise<Viewer> {
    if (authorization === undefined || authorization === '') return ANONYMOUS;
    const [scheme, token, ...rest] = authorization.trim().split(/\s+/);
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0)
      throw unauthenticated('`authorization` must be of the form `Bearer <access token>`.');
    if (token.startsWith(API_KEY_PREFIX)) return this.viewerOfKey(token);
    const claims = await this.verify(token);
    if (isOver(claims)) throw expired();
    return (await this.viewers.current(claims)) ?? refuse(sessionEnded());
  }

  /** Looks the viewer up again. Throws like `viewerOf` if the token, the key or the session has ended. */
  async refresh(viewer: Viewer): Promise<Viewer> {
    if (viewer.kind === 'api-key') return (await this.apiKeys.refresh(viewer)) ?? refuse(keyNotValid());
    const token = this.tokenOf.get(viewer);
    if (!token) return viewer;
    if (isOver(token)) throw expired();
    return (await this.viewers.ask(token)) ?? refuse(sessionEnded());
  }

  private async viewerOfKey(key: string): Promise<Viewer> {
    return (await this.apiKeys.viewerOf(key)) ?? refuse(keyNotValid());
  }

  private viewerFor(token: AccessTokenClaims, state: SessionState | null): Viewer | null {
    const { sessionId, userId, expiresAt } = token;
    if (!state || state.userId !== userId) return null;
    const viewer: Viewer = {
      kind: 'user',
      userId,
      scopes: state.scopes,
      roleIds: state.roleIds,
      sessionId,
      expiresAt,
      recentUntil: state.recentUntil,
      mfaEnrolmentRequired: state.mfaEnrolmentRequired,
    };
    this.tokenOf.set(viewer, token);
    return viewer;
  }

  private async verify(token: string): Promise<AccessTokenClaims> {
    const known = this.tokens.get(token);
    if (known) return known;
    const claims = await this.claimsOf(token);
    this.tokens.set(token, claims);
    return claims;
  }

  private async claimsOf(token: string): Promise<AccessTokenClaims> {
    try {
      return await verifyAccessToken(token, await this.keySet(KEYS_MAX_AGE_MS));
    } catch (error) {
      if (!(error instanceof TokenError && error.reason === 'UNKNOWN_KEY')) throw explained(error);
    }
    try {
      return await verifyAccessToken(token, await this.keySet(KEYS_MIN_AGE_MS));
    } catch (error) {
      throw explained(error);
    }
  }

  /**
   * The cached keys, if they are not older than this. A token with an unknown key refreshes them earlier, but not too
   * often.
   */
  private async keySet(maxAgeMs: number): Promise<AccessTokenKeys> {
    const { keys } = this;
    if (keys && Date.now() - keys.fetchedAt < maxAgeMs) return keys.set;
    const set = accessTokenKeys(await this.identity.jwks());
    this.keys = { set, fetchedAt: Date.now() };
    return set;
  }
}

const isOver = ({ expiresAt }: AccessTokenClaims): boolean => expiresAt * 1_000 <= Date.now();

const expired = () =>
  new PublicError('The access token has expired. Get another one with refreshToken.', ErrorCode.accessTokenExpired);
const notValid = () => unauthenticated('The access token is not valid. Sign in again.');
const sessionEnded = () => unauthenticated('The session has ended. Sign in again.');
const keyNotValid = () => unauthenticated('The API key is not valid: it is unknown, has expired or was revoked.');

function refuse(error: PublicError): never {
  throw error;
}

function explained(error: unknown): unknown {
  if (!(error instanceof TokenError)) return error;
  // The signature was verified before.
  return error.reason === 'EXPIRED' ? expired() : notValid();
}
