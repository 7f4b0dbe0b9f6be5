import type { Caller, Client } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { Logger } from '@flowmesh/platform/logging';
import { parseInput, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { AccessTokens } from '../../keys/access-tokens.ts';
import type { PasswordHasher } from '../../passwords/password-hasher.ts';
import { PASSWORD_MAX_LENGTH } from '../../passwords/password-limits.ts';
import type { DeviceTokens } from '../../throttling/device-tokens.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import type { AccountAlerts } from '../account-alerts/account-alerts.ts';
import { auditLog, provenOriginOf } from '../audit/audit-log.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { invalidMfaChallenge, invalidMfaCode } from '../mfa/mfa-failures.ts';
import type { MfaService } from '../mfa/mfa-service.ts';
import type { UserStore } from '../users/user-store.ts';
import { hashRefreshToken, newRefreshToken, openSuccessor, sealSuccessor } from './refresh-token.ts';
import { invalidCredentials, invalidRefreshToken, passwordExpired } from './session-failures.ts';
import type { SessionRecord, SessionTokens } from './session-record.ts';
import type { SessionStore } from './session-store.ts';

const loginInput = z.object({
  identifier: text({ min: 1, max: 254 }),
  password: text({ min: 1, max: PASSWORD_MAX_LENGTH }),
  deviceToken: text({ max: 512 }).nullish(),
});

const completeInput = z.object({ challengeToken: text({ min: 1, max: 128 }), code: text({ min: 1, max: 64 }) });

export interface SessionServiceParts {
  readonly store: SessionStore;
  readonly users: UserStore;
  readonly passwords: PasswordHasher;
  readonly accessTokens: AccessTokens;
  readonly throttle: Throttle;
  readonly mfa: MfaService;
  readonly audit: AuditService;
  readonly devices: DeviceTokens;
  readonly alerts: Pick<AccountAlerts, 'signedIn'>;
  readonly logger: Logger;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

/** Sign-in, refresh, sign-out. */
export class SessionService {
  /** Refreshes in progress in this process, by the hash of the token. */
  private readonly exchanging = new Map<string, Promise<SessionRecord | null>>();

  constructor(private readonly parts: SessionServiceParts) {}

  /** Signs in with a password. Takes as long for unknown users as for known ones. */
  async login(caller: Caller, input: unknown) {
    const parsed = parseInput(loginInput, input);
    if (!parsed.ok) return parsed.error;
    const { users, passwords, throttle, devices } = this.parts;
    const { identifier, password, deviceToken } = parsed.data;
    const device = devices.read(deviceToken);
    const credentials = await users.credentials(identifier);
    const knownDevice = device && device.userId === credentials?.id ? device.id : null;
    // E-mail address and user name of an account share one counter.
    const attempter = {
      account: credentials?.id ?? identifier,
      userId: credentials?.id,
      client: caller.client,
      knownDevice,
    };
    return throttle.during('login', attempter, async (attempt) => {
      const matches = await passwords.verify(password, credentials?.passwordHash ?? null);
      if (credentials && matches && isOver(credentials.passwordExpiresAt)) {
        await this.recordFailure(caller, credentials.id, 'PASSWORD_EXPIRED');
        return passwordExpired();
      }
      const result = credentials && matches ? await this.proceed(caller, credentials, knownDevice) : null;
      if (!credentials || !result) {
        await this.recordFailure(caller, credentials?.id ?? null);
        return invalidCredentials();
      }
      await this.upgradeHash(credentials.id, credentials.passwordHash, password);
      await attempt.succeeded();
      return result;
    });
  }

  /** The second step of signing in: a code of the authenticator, or a backup code. */
  async completeMfaLogin(caller: Caller, input: unknown) {
    const parsed = parseInput(completeInput, input);
    if (!parsed.ok) return parsed.error;
    const { mfa, throttle } = this.parts;
    return throttle.during('mfa', { client: caller.client }, async (attempt) => {
      const answered = await mfa.answer(caller, parsed.data.challengeToken, parsed.data.code);
      if (!answered) return invalidMfaChallenge();
      if (answered.outcome.kind !== 'good') return invalidMfaCode();
      await attempt.succeeded();
      const { userId, deviceId } = answered;
      return (await this.begin(caller, userId, { deviceId, mfa: true })) ?? invalidMfaChallenge();
    });
  }

  /**
   * After a correct first factor: starts a session, or returns a challenge if there is a second factor. Null if the
   * user may not sign in (any more).
   */
  async proceed(caller: Caller, user: { readonly id: string; readonly mfaEnabled: boolean }, deviceId: string | null) {
    if (!user.mfaEnabled) return this.begin(caller, user.id, { deviceId, mfa: false });
    await this.parts.audit.record(provenOriginOf(caller, user.id, null), {
      action: 'mfa.challenged',
      target: { type: 'USER', id: user.id },
    });
    return this.parts.mfa.challenge(user.id, deviceId);
  }

  private async begin(
    { client, viewer }: Caller,
    userId: string,
    { deviceId, mfa }: { readonly deviceId: string | null; readonly mfa: boolean },
  ) {
    const id = newId();
    const refreshToken = newRefreshToken();
    const tokenHash = mustHash(refreshToken);
    // Signing in again, for example to have a recent sign-in, ends the session from which it is done (ASVS 5.0, 7.2.4).
    const replaces = viewer.kind === 'user' && viewer.userId === userId ? viewer.sessionId : null;
    const audit = auditLog(provenOriginOf({ client, viewer }, userId, id), {
      action: 'user.login',
      target: { type: 'USER', id: userId },
      details: { mfa, ...(replaces !== null && { replacedSession: replaces }) },
    });
    const session = await this.parts.store.create({ id, userId, tokenHash, client, mfa, replaces, audit });
    if (!session) return null;
    if (replaces !== null) this.parts.onEvents();
    if (deviceId === null) this.parts.alerts.signedIn(session, client);
    const deviceToken = this.parts.devices.issue(userId, deviceId);
    return { __typename: 'SignedIn' as const, userId, tokens: await this.tokens(session, refreshToken), deviceToken };
  }

  private recordFailure(caller: Caller, userId: string | null, reason = 'INVALID_CREDENTIALS'): Promise<void> {
    return this.parts.audit.record(caller, {
      action: 'user.login',
      outcome: 'FAILURE',
      target: userId === null ? null : { type: 'USER', id: userId },
      details: { reason },
    });
  }

  /**
   * Exchanges a refresh token for the next tokens. A token that was exchanged within the last ten seconds returns the
   * same next token again, for another window of the client. An older one ends its session, because two parties know it
   * (reuse detection).
   */
  async refresh(caller: Caller, refreshToken: string) {
    const tokenHash = hashRefreshToken(refreshToken);
    if (tokenHash === null) return invalidRefreshToken();
    const sooner = this.exchanging.get(tokenHash);
    const next = newRefreshToken();
    const session = sooner ? null : await this.exchange(refreshToken, next, caller.client);
    if (session) return { __typename: 'RefreshTokenSuccess' as const, tokens: await this.tokens(session, next) };
    await sooner;
    return this.refreshAgain(caller, refreshToken, tokenHash);
  }

  /** Ends the viewer's session; returns its id, or null if the viewer has none. */
  async logout(caller: Caller): Promise<string | null> {
    const { viewer } = caller;
    if (viewer.kind !== 'user') return null;
    const { sessionId: id, userId } = viewer;
    const log = auditLog(caller, { action: 'user.logout', target: { type: 'SESSION', id }, subjectId: userId });
    if (await this.parts.store.revoke({ id, userId }, 'LOGOUT', log)) this.parts.onEvents();
    return id;
  }

  /** Replaces an outdated hash while the password is available, unless it was changed in the meantime. */
  private async upgradeHash(userId: string, passwordHash: string | null, password: string): Promise<void> {
    const { users, passwords } = this.parts;
    if (passwordHash === null || !passwords.isOutdated(passwordHash)) return;
    await users.replacePasswordHash(userId, passwordHash, await passwords.hash(password));
  }

  private async exchange(token: string, next: string, client: Client): Promise<SessionRecord | null> {
    const tokenHash = mustHash(token);
    const nextToken = { hash: mustHash(next), sealed: sealSuccessor(token, next) };
    const exchange = this.parts.store.exchange(tokenHash, nextToken, client);
    this.exchanging.set(tokenHash, exchange);
    try {
      return await exchange;
    } finally {
      this.exchanging.delete(tokenHash);
    }
  }

  /**
   * For an invalid token: returns the next token if the exchange was within the grace time, otherwise ends the session.
   */
  private async refreshAgain(caller: Caller, token: string, tokenHash: string) {
    const { store, logger, onEvents } = this.parts;
    const spent = await store.findSpent(tokenHash);
    if (!spent || spent.ended) return invalidRefreshToken();
    if (spent.successor !== null) {
      const tokens = await this.tokens(spent.session, openSuccessor(token, spent.successor));
      return { __typename: 'RefreshTokenSuccess' as const, tokens };
    }
    const { id: sessionId, userId } = spent.session;
    const log = auditLog(caller, {
      action: 'session.token_reused',
      outcome: 'DENIED',
      target: { type: 'SESSION', id: sessionId },
      subjectId: userId,
    });
    if (await store.revoke(spent.session, 'TOKEN_REUSED', log)) {
      logger.warn({ sessionId, userId }, 'a refresh token was used twice; its session has ended');
      onEvents();
    }
    return invalidRefreshToken();
  }

  private async tokens(session: SessionRecord, refreshToken: string): Promise<SessionTokens> {
    const { token, expiresAt } = await this.parts.accessTokens.issue(session);
    return {
      accessToken: token,
      accessTokenExpiresAt: expiresAt,
      refreshToken,
      refreshTokenExpiresAt: session.expiresAt,
      tokenType: 'Bearer',
    };
  }
}

const isOver = (end: Date | null): boolean => end !== null && end.getTime() <= Date.now();

function mustHash(token: string): string {
  const hash = hashRefreshToken(token);
  if (hash === null) throw new Error('a new refresh token has the wrong form');
  return hash;
}
