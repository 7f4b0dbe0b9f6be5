import type { AccessTokenClaims, Caller } from '@flowmesh/platform/access';
import { parseInput, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { AccessTokens } from '../../keys/access-tokens.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import { auditLog, provenOriginOf } from '../audit/audit-log.ts';
import { hashRefreshToken } from './refresh-token.ts';
import type { SessionStore } from './session-store.ts';

const tokenInput = z.object({ token: text({ min: 1, max: 4_096 }) });

/** The state of a token; an invalid one reveals nothing. */
export type TokenState =
  { readonly active: false } | ({ readonly active: true; readonly scopes: readonly string[] } & AccessTokenClaims);

export interface TokenServiceParts {
  readonly store: SessionStore;
  readonly accessTokens: AccessTokens;
  readonly throttle: Throttle;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

/** Introspection (as RFC 7662) and revocation (as RFC 7009) of single tokens. */
export class TokenService {
  constructor(private readonly parts: TokenServiceParts) {}

  /** Whoever has the token may introspect it. Invalid tokens count as attempts. */
  async validate({ client }: Caller, token: string): Promise<TokenState> {
    const { store, accessTokens, throttle } = this.parts;
    return throttle.during('token-check', { client }, async (attempt) => {
      const claims = await accessTokens.verify(token);
      const [state] = claims ? await store.states([claims]) : [];
      if (!claims || !state || state.userId !== claims.userId) return { active: false };
      await attempt.succeeded();
      return { active: true, scopes: state.scopes, ...claims };
    });
  }

  /** Revokes an access token, or, with a refresh token, its whole session. An invalid token changes nothing. */
  async revoke(caller: Caller, input: unknown) {
    const parsed = parseInput(tokenInput, input);
    if (!parsed.ok) return parsed.error;
    const { token } = parsed.data;
    await this.parts.throttle.during('token-check', { client: caller.client }, async (attempt) => {
      const refreshHash = hashRefreshToken(token);
      const revoked = refreshHash ? await this.endSession(caller, refreshHash) : await this.revokeAccess(caller, token);
      if (revoked) await attempt.succeeded();
    });
    return { __typename: 'RevokeTokenSuccess' as const, revoked: true };
  }

  private async endSession(caller: Caller, tokenHash: string): Promise<boolean> {
    const session = await this.parts.store.findByToken(tokenHash);
    if (!session) return false;
    const { id, userId } = session;
    const log = auditLog(bearerOf(caller, userId, id), {
      action: 'session.revoked',
      target: { type: 'SESSION', id },
      subjectId: userId,
    });
    if (await this.parts.store.revoke(session, 'REVOKED', log)) this.parts.onEvents();
    return true;
  }

  private async revokeAccess(caller: Caller, token: string): Promise<boolean> {
    const claims = await this.parts.accessTokens.verify(token);
    if (!claims) return false;
    const { tokenId, sessionId, userId } = claims;
    const log = auditLog(bearerOf(caller, userId, sessionId), {
      action: 'token.revoked',
      target: { type: 'SESSION', id: sessionId },
      subjectId: userId,
      details: { jti: tokenId },
    });
    await this.parts.store.revokeToken(claims, log);
    return true;
  }
}

/** An anonymous caller who has the token acts as its user. */
const bearerOf = (caller: Caller, userId: string, sessionId: string) =>
  caller.viewer.kind === 'anonymous' ? provenOriginOf(caller, userId, sessionId) : caller;
