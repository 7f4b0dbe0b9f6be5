import type { Caller } from '@flowmesh/platform/access';
import { createHash, randomBytes } from 'node:crypto';
import { rateLimited } from '@flowmesh/platform/errors';
import type { SecretBox } from '@flowmesh/platform/secrets';
import { invalidInput, parseInput, text } from '@flowmesh/platform/validation';
import { toDataURL } from 'qrcode';
import { z } from 'zod';
import type { MailContent, Mailer } from '../../mails/index.ts';
import type { PasswordHasher } from '../../passwords/password-hasher.ts';
import { PASSWORD_MAX_LENGTH } from '../../passwords/password-limits.ts';
import type { PasswordPolicy } from '../../passwords/password-policy.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import type { AccountAlerts } from '../account-alerts/account-alerts.ts';
import type { AuditAction } from '../audit/audit-actions.ts';
import type { AccountMails } from '../accounts/account-mails.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { BACKUP_CODES, newBackupCode, plainBackupCode, type HashesOfBackupCode } from './backup-codes.ts';
import { invalidMfaCode, mfaAlreadyEnabled, mfaNotEnabled, wrongPassword } from './mfa-failures.ts';
import type { AnsweredChallenge, CodeOutcome, FactorChange, GivenCode, MfaOwner, MfaStore } from './mfa-store.ts';
import { matchTotp, newTotpSecret, otpauthUri } from './totp.ts';

const password = text({ min: 1, max: PASSWORD_MAX_LENGTH });
const code = text({ min: 1, max: 64 });
const beginInput = z.object({ password });
const confirmInput = z.object({ code, endOtherSessions: z.boolean() });
const disableInput = z.object({ password, code, endOtherSessions: z.boolean() });
const regenerateInput = z.object({ code });

/** Why a code was refused, for the audit log. */
const REASONS = { wrong: 'WRONG', 'used before': 'USED_BEFORE', 'too late': 'TOO_LATE' } as const;

const CHALLENGE_TOKEN = /^[\w-]{43}$/;

export interface MfaServiceParts {
  readonly store: MfaStore;
  readonly secrets: SecretBox;
  readonly hashesOfBackupCode: HashesOfBackupCode;
  /** How far the clock of an authenticator may be off. */
  readonly clockToleranceSeconds: number;
  readonly passwords: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly throttle: Throttle;
  readonly audit: AuditService;
  readonly alerts: Pick<AccountAlerts, 'passwordKnown'>;
  readonly mails: AccountMails;
  /** After a commit that added mails. */
  readonly onMails: Mailer['poke'];
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

type UserCaller = Caller & { readonly viewer: Extract<Caller['viewer'], { kind: 'user' }> };

/** The second factor: enrolment, use at sign-in, removal. */
export class MfaService {
  constructor(private readonly parts: MfaServiceParts) {}

  /** Null if the viewer has none. */
  status({ viewer }: Caller) {
    return viewer.kind === 'user' ? this.parts.store.status(viewer.userId) : null;
  }

  /** Returns a secret for an authenticator, which has to be confirmed within 15 minutes. */
  async begin(caller: Caller, input: unknown) {
    const parsed = parseInput(beginInput, input);
    if (!parsed.ok) return parsed.error;
    const owner = await this.ownerOf(caller);
    if (owner.mfaEnabled) return mfaAlreadyEnabled();
    if (!(await this.passwordMatches(caller, owner, parsed.data.password))) return wrongPassword();
    const { store, secrets } = this.parts;
    const secret = newTotpSecret();
    if (!(await store.begin(owner.id, secrets.seal(secret, sealContext(owner.id))))) return mfaAlreadyEnabled();
    const uri = otpauthUri(owner.email, secret);
    return {
      __typename: 'BeginMfaEnrolmentSuccess' as const,
      secret,
      otpauthUri: uri,
      qrCode: await toDataURL(uri, { errorCorrectionLevel: 'M' }),
    };
  }

  /** Enables the factor and returns the backup codes, which cannot be read again. */
  async confirm(caller: Caller, input: unknown) {
    const parsed = parseInput(confirmInput, input);
    if (!parsed.ok) return parsed.error;
    const { viewer } = asUser(caller);
    const { userId } = viewer;
    const codes = newCodes();
    const change = this.changeOf(caller, 'mfa.enabled', this.parts.mails.mfaEnabled(), { codes, ...parsed.data });
    const outcome = await this.parts.store.confirm(userId, this.given(userId, parsed.data.code), change);
    if (outcome === 'none') return mfaNotEnabled();
    if (outcome === 'wrong') return invalidMfaCode();
    this.committed();
    return { __typename: 'ConfirmMfaEnrolmentSuccess' as const, backupCodes: codes, userId };
  }

  /** Removes the factor. The password must satisfy the policy for users without one. */
  async disable(caller: Caller, input: unknown) {
    const parsed = parseInput(disableInput, input);
    if (!parsed.ok) return parsed.error;
    const owner = await this.ownerOf(caller);
    const given = parsed.data;
    if (!(await this.passwordMatches(caller, owner, given.password))) return wrongPassword();
    const problems = this.parts.policy.problems(given.password, { ...owner, mfaEnabled: false });
    if (problems.length > 0) {
      const message = `without a second factor it ${problems.join(', and ')}: change it first`;
      return invalidInput([{ path: 'password', message }]);
    }
    const change = this.changeOf(caller, 'mfa.disabled', this.parts.mails.mfaDisabled(), given);
    const outcome = await this.parts.store.disable(owner.id, this.given(owner.id, given.code), change);
    const failure = await this.failureOf(caller, owner.id, outcome);
    if (failure) return failure;
    this.committed();
    return { __typename: 'DisableMfaSuccess' as const, userId: owner.id };
  }

  /** Replaces the backup codes. */
  async regenerateBackupCodes(caller: Caller, input: unknown) {
    const parsed = parseInput(regenerateInput, input);
    if (!parsed.ok) return parsed.error;
    const { userId } = asUser(caller).viewer;
    const codes = newCodes();
    const change = this.changeOf(caller, 'mfa.backup_codes_regenerated', this.parts.mails.backupCodesReplaced(), {
      codes,
    });
    const outcome = await this.parts.store.replaceBackupCodes(userId, this.given(userId, parsed.data.code), change);
    const failure = await this.failureOf(caller, userId, outcome);
    if (failure) return failure;
    this.committed();
    return { __typename: 'RegenerateBackupCodesSuccess' as const, backupCodes: codes };
  }

  /** After a correct password: a challenge, valid for five minutes and once. */
  async challenge(userId: string, deviceId: string | null) {
    const challengeToken = randomBytes(32).toString('base64url');
    const expiresAt = await this.parts.store.challenge(hashToken(challengeToken), userId, deviceId);
    return { __typename: 'MfaRequired' as const, challengeToken, expiresAt };
  }

  /** Checks a code for a pending challenge; null if there is none. Throws RATE_LIMITED while the factor is blocked. */
  async answer(caller: Caller, challengeToken: string, given: string): Promise<AnsweredChallenge | null> {
    if (!CHALLENGE_TOKEN.test(challengeToken)) return null;
    const answered = await this.parts.store.answer(hashToken(challengeToken), (userId) => this.given(userId, given));
    if (answered && answered.outcome.kind !== 'good') {
      await this.failureOf(caller, answered.userId, answered.outcome);
    }
    return answered;
  }

  /** Records a refused code and returns the error for the client; null for a correct code. */
  private async failureOf(caller: Caller, userId: string, outcome: CodeOutcome) {
    const { kind } = outcome;
    if (kind === 'good') return null;
    if (kind === 'no factor') return mfaNotEnabled();
    if (kind === 'blocked') throw blocked(outcome.seconds);
    const blockedSeconds = kind === 'wrong' ? outcome.blockedSeconds : null;
    await this.parts.audit.record(caller, {
      action: blockedSeconds === null ? 'mfa.failed' : 'mfa.blocked',
      outcome: blockedSeconds === null ? 'FAILURE' : 'DENIED',
      target: { type: 'USER', id: userId },
      details: {
        reason: REASONS[kind],
        ...(blockedSeconds !== null && { blockedSeconds }),
      },
    });
    if (blockedSeconds !== null) {
      this.parts.alerts.passwordKnown(userId);
      throw blocked(blockedSeconds);
    }
    return invalidMfaCode();
  }

  private committed(): void {
    this.parts.onMails();
    this.parts.onEvents();
  }

  private changeOf(
    caller: Caller,
    action: AuditAction,
    mail: MailContent,
    given: { readonly codes?: readonly string[]; readonly endOtherSessions?: boolean },
  ): FactorChange {
    const { userId, sessionId } = asUser(caller).viewer;
    return {
      audit: auditLog(caller, { action, target: { type: 'USER', id: userId } }),
      mail,
      ...(given.codes && { codeHashes: given.codes.map((each) => this.hashOf(userId, each)) }),
      ...(given.endOtherSessions && { keepOnlySession: sessionId }),
    };
  }

  private given(userId: string, value: string): GivenCode {
    const { secrets, hashesOfBackupCode, clockToleranceSeconds: toleranceSeconds } = this.parts;
    const digits = value.replace(/\s/g, '');
    const backupCode = plainBackupCode(value);
    return {
      totp: (sealed) => matchTotp(secrets.open(sealed, sealContext(userId)), digits, { toleranceSeconds }),
      backupHashes: backupCode === null ? null : hashesOfBackupCode(userId, backupCode),
    };
  }

  private hashOf(userId: string, newCode: string): string {
    const plain = plainBackupCode(newCode);
    if (plain === null) throw new Error('a new backup code has the wrong form');
    return this.parts.hashesOfBackupCode(userId, plain)[0];
  }

  private async passwordMatches(caller: Caller, owner: MfaOwner, given: string): Promise<boolean> {
    const { passwords, throttle } = this.parts;
    const attempter = { account: owner.id, userId: owner.id, client: caller.client };
    return throttle.during('mfa', attempter, async (attempt) => {
      const matches = await passwords.verify(given, owner.passwordHash);
      if (matches) await attempt.succeeded();
      return matches;
    });
  }

  private async ownerOf(caller: Caller): Promise<MfaOwner> {
    const owner = await this.parts.store.owner(asUser(caller).viewer.userId);
    if (!owner) throw new Error('the user was removed while the operation ran');
    return owner;
  }
}

/** The access rules admit only signed-in people. */
function asUser(caller: Caller): UserCaller {
  const { viewer } = caller;
  if (viewer.kind !== 'user') throw new Error('second factors are of people');
  return { ...caller, viewer };
}

const newCodes = (): string[] => Array.from({ length: BACKUP_CODES }, newBackupCode);
const sealContext = (userId: string): string => `mfa:${userId}`;
const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
const blocked = (seconds: number) => rateLimited('Too many wrong codes.', seconds);
