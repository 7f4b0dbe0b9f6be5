import type { Caller } from '@flowmesh/platform/access';
import { createHash } from 'node:crypto';
import { forbidden } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { parseInput, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Mailer } from '../../mails/index.ts';
import { PASSWORD_MAX_LENGTH } from '../../passwords/password-limits.ts';
import type { DeviceTokens } from '../../throttling/device-tokens.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import { emailVerified } from '../accounts/account-events.ts';
import { registrationClosed, wrongPassword } from '../accounts/account-failures.ts';
import type { AccountMails } from '../accounts/account-mails.ts';
import type { PasswordService } from '../accounts/password-service.ts';
import { auditLog, provenOriginOf } from '../audit/audit-log.ts';
import type { AuditService } from '../audit/audit-service.ts';
import type { SessionService } from '../sessions/session-service.ts';
import { userUpdated } from '../user-changes/user-change-events.ts';
import { withFreeUsername } from '../users/free-username.ts';
import { userRegistered } from '../users/user-events.ts';
import { emailAddress, usernameFrom } from '../users/user-input.ts';
import {
  auth0NotConfigured,
  auth0NotLinked,
  invalidIdToken,
  signInRefused,
  unverifiedEmail,
} from './auth0-failures.ts';
import type { Auth0Outcome, Auth0Store } from './auth0-store.ts';
import type { Auth0Identity, IdTokens } from './id-tokens.ts';

const loginInput = z.object({
  idToken: text({ min: 1, max: 8_192 }),
  nonce: text({ min: 1, max: 512 }).nullish(),
  deviceToken: text({ max: 512 }).nullish(),
});

const unlinkInput = z.object({
  currentPassword: text({ min: 1, max: PASSWORD_MAX_LENGTH }),
  endOtherSessions: z.boolean(),
});

/** The role of new users. */
const ROLE = 'member';

export interface Auth0ServiceParts {
  readonly store: Auth0Store;
  /** Null if the operator has not configured it. */
  readonly idTokens: IdTokens | null;
  readonly sessions: SessionService;
  readonly passwords: Pick<PasswordService, 'provesUser'>;
  readonly mails: AccountMails;
  readonly throttle: Throttle;
  readonly devices: DeviceTokens;
  readonly audit: AuditService;
  readonly registrationOpen: boolean;
  readonly onMails: Mailer['poke'];
  readonly onEvents: () => void;
}

/** Sign-in with an Auth0 account. */
export class Auth0Service {
  constructor(private readonly parts: Auth0ServiceParts) {}

  async login(caller: Caller, input: unknown) {
    const { idTokens, throttle, sessions, devices, onMails, onEvents } = this.parts;
    if (!idTokens) return auth0NotConfigured();
    const parsed = parseInput(loginInput, input);
    if (!parsed.ok) return parsed.error;
    const { idToken, nonce, deviceToken } = parsed.data;
    return throttle.during('auth0', { client: caller.client }, async (attempt) => {
      const identity = await idTokens.verify(idToken, nonce ?? null);
      if (!identity) return this.refused(caller, invalidIdToken());
      const outcome = await this.resolve(caller, idToken, identity);
      if (outcome.kind !== 'found') return this.refused(caller, failureOf(outcome.kind));
      onMails();
      onEvents();
      const { user } = outcome;
      const device = devices.read(deviceToken);
      const result = await sessions.proceed(caller, user, device?.userId === user.id ? device.id : null);
      // Suspended in the meantime.
      if (!result) return this.refused(caller, signInRefused());
      await attempt.succeeded();
      return result;
    });
  }

  /** Unlinks the viewer's Auth0 account; the viewer must be able to sign in without it. */
  async unlink(caller: Caller, input: unknown) {
    const parsed = parseInput(unlinkInput, input);
    if (!parsed.ok) return parsed.error;
    const { viewer } = caller;
    if (viewer.kind !== 'user') throw forbidden('Only the user can do that, signed in as a person.');
    const { userId, sessionId } = viewer;
    const { store, passwords, mails, onMails, onEvents } = this.parts;
    if (!(await passwords.provesUser(caller, userId, parsed.data.currentPassword, 'user.auth0_unlinked'))) {
      return wrongPassword();
    }
    const unlinked = await store.unlink(userId, {
      events: [userUpdated(userId, ['auth0Id'])],
      audit: auditLog(caller, { action: 'user.auth0_unlinked', target: { type: 'USER', id: userId } }),
      mail: mails.auth0Unlinked(),
      endOthersThan: parsed.data.endOtherSessions ? sessionId : null,
    });
    if (!unlinked) return auth0NotLinked();
    onMails();
    onEvents();
    return { __typename: 'Unlinked' as const, userId };
  }

  private async resolve(caller: Caller, idToken: string, identity: Auth0Identity): Promise<Auth0Outcome> {
    const { store, mails, registrationOpen } = this.parts;
    // The signature is not hashed: it can be encoded in several ways that all verify.
    const tokenHash = createHash('sha256')
      .update(idToken.slice(0, idToken.lastIndexOf('.')))
      .digest('hex');
    const email = parseInput(emailAddress(), identity.email);
    const person = { ...identity, email: email.ok ? email.data : null };
    const id = newId();
    const outcome: { value: Auth0Outcome } = { value: { kind: 'username taken' } };
    await withFreeUsername(usernameFrom(person.email ?? ''), async (username) => {
      const { auth0Id, firstName, lastName } = person;
      const user = { id, username, firstName, lastName, auth0Id, passwordHash: null, emailVerified: true };
      const creation = {
        user: { ...user, email: person.email ?? '' },
        grantedBy: null,
        events: [userRegistered(user), emailVerified(id)],
        audit: this.proven(caller, id, 'user.registered', { auth0: true }),
      };
      outcome.value = await store.signIn(tokenHash, person, {
        creation: registrationOpen ? creation : null,
        role: ROLE,
        viewerId: caller.viewer.kind === 'user' ? caller.viewer.userId : null,
        linked: (userId, { takenOver, newlyVerified }) => ({
          events: [userUpdated(userId, ['auth0Id']), ...(newlyVerified ? [emailVerified(userId)] : [])],
          audit: this.proven(caller, userId, 'user.auth0_linked', { takenOver }),
          mail: mails.auth0Linked(),
        }),
      });
      return outcome.value.kind;
    });
    return outcome.value;
  }

  private proven(caller: Caller, id: string, action: 'user.registered' | 'user.auth0_linked', details: object) {
    const target = { type: 'USER' as const, id };
    return auditLog(provenOriginOf(caller, id, null), { action, target, details: { ...details } });
  }

  private async refused<Failure extends { readonly code: string }>(caller: Caller, failure: Failure): Promise<Failure> {
    const details = { reason: failure.code, auth0: true };
    await this.parts.audit.record(caller, { action: 'user.login', outcome: 'FAILURE', details });
    return failure;
  }
}

function failureOf(kind: Exclude<Auth0Outcome['kind'], 'found'>) {
  switch (kind) {
    case 'used before':
      return invalidIdToken();
    case 'unverified':
      return unverifiedEmail();
    case 'closed':
      return registrationClosed();
    case 'refused':
      return signInRefused();
    case 'username taken':
      throw new Error('No user name was free.');
  }
}
