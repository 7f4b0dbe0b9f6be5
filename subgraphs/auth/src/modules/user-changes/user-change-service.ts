import { hasScope, requireRecent, type Caller, type Viewer } from '@flowmesh/platform/access';
import { forbidden } from '@flowmesh/platform/errors';
import type { NewEvent } from '@flowmesh/platform/events';
import type { Mailer } from '../../mails/index.ts';
import { conflict, invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import type { Throttle } from '../../throttling/throttle.ts';
import { passwordMissing, wrongPassword } from '../accounts/account-failures.ts';
import type { AccountMails } from '../accounts/account-mails.ts';
import { newMailToken } from '../accounts/mail-token.ts';
import type { PasswordService } from '../accounts/password-service.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditEntry } from '../audit/audit-record.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { lastAdministrator } from '../roles/role-failures.ts';
import { userTaken } from '../users/user-failures.ts';
import { userDeleted, userReactivated, userSuspended, userUpdated } from './user-change-events.ts';
import { userBeyondOwnScopes } from './user-change-failures.ts';
import {
  deleteUserInput,
  reactivateUserInput,
  resetUserMfaInput,
  suspendUserInput,
  updateUserInput,
} from './user-change-input.ts';
import type { NewEmail, UserChange, UserChangeStore } from './user-change-store.ts';

export interface UserChangeServiceParts {
  readonly store: UserChangeStore;
  readonly passwords: PasswordService;
  readonly mails: AccountMails;
  readonly throttle: Throttle;
  readonly audit: AuditService;
  /** After a commit that added mails or events. */
  readonly onMails: Mailer['poke'];
  readonly onEvents: () => void;
}

const NO_PERSON = 'There is no such person. Service accounts have operations of their own.';
const ADMINISTER = 'user:write-any';

const notProven = (password: string | undefined) => (password === undefined ? passwordMissing() : wrongPassword());

/** Changes existing users: oneself, and others by viewers who hold `user:write-any` and all scopes of the user. */
export class UserChangeService {
  constructor(private readonly parts: UserChangeServiceParts) {}

  /**
   * Changes a profile. Changing one's own address requires the password; a new address takes effect when it is
   * confirmed.
   */
  async update(caller: Caller, input: unknown) {
    const parsed = parseInput(updateUserInput, input);
    if (!parsed.ok) return parsed.error;
    const { id: wanted, email: given, currentPassword, ...values } = parsed.data;
    const id = whom(caller.viewer, wanted);
    // Forms send unchanged fields, too: the current address, in any case, is no change and requires no password.
    const isPresent = given !== undefined && (await this.parts.store.hasEmail(id, given));
    const email = isPresent ? undefined : given;
    if (email !== undefined) {
      if (!(await this.proven(caller, id, currentPassword, 'user.updated'))) return notProven(currentPassword);
      await this.parts.throttle.begin('email-verification', { account: email, client: caller.client });
    }
    const fields = Object.entries({ ...values, email }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const entry: AuditEntry = { action: 'user.updated', target: { type: 'USER', id }, details: { fields } };
    const change = changeBy(caller, id, entry, userUpdated(id, fields));
    const wish = isPresent ? 'present' : this.newEmail(caller.viewer, id, email);
    const outcome = await this.parts.store.updateProfile(change, values, wish);
    switch (outcome.kind) {
      case 'email taken':
        return userTaken('email');
      case 'username taken':
        return userTaken('username');
      case 'beyond':
        return this.denied(caller, entry, outcome.missingScopes);
      case 'done':
        return this.committed({
          __typename: 'Changed' as const,
          id,
          pendingEmail: email ?? (seesEmail(caller.viewer, id) ? outcome.pendingEmail : null),
        });
      default:
        return notFound(NO_PERSON);
    }
  }

  /** Suspends somebody else, at once and until they are reactivated. */
  async suspend(caller: Caller, input: unknown) {
    const parsed = parseInput(suspendUserInput, input);
    if (!parsed.ok) return parsed.error;
    const { id, reason } = parsed.data;
    if (caller.viewer.kind !== 'anonymous' && caller.viewer.userId === id) {
      return invalidInput([{ path: 'id', message: 'must be somebody else: nobody suspends themselves' }]);
    }
    const entry: AuditEntry = {
      action: 'user.suspended',
      target: { type: 'USER', id },
      details: reason === undefined ? {} : { reason },
    };
    const { store, mails } = this.parts;
    const outcome = await store.suspend(changeBy(caller, id, entry, userSuspended(id)), mails.accountSuspended());
    if (outcome.kind === 'last administrator') return lastAdministrator();
    if (outcome.kind === 'not that status') return conflict('This person has not confirmed the e-mail address yet.');
    return this.concluded(caller, id, entry, outcome);
  }

  async reactivate(caller: Caller, input: unknown) {
    const parsed = parseInput(reactivateUserInput, input);
    if (!parsed.ok) return parsed.error;
    const { id } = parsed.data;
    const entry: AuditEntry = { action: 'user.reactivated', target: { type: 'USER', id } };
    const { store, mails } = this.parts;
    const change = changeBy(caller, id, entry, userReactivated(id));
    const outcome = await store.reactivate(change, mails.accountReactivated());
    if (outcome.kind === 'not that status') return conflict('This person has not confirmed the e-mail address yet.');
    return this.concluded(caller, id, entry, outcome);
  }

  /** Removes the second factor of somebody else who has lost it, with the backup codes. */
  async resetMfa(caller: Caller, input: unknown) {
    const parsed = parseInput(resetUserMfaInput, input);
    if (!parsed.ok) return parsed.error;
    const { id, reason } = parsed.data;
    if (caller.viewer.kind !== 'anonymous' && caller.viewer.userId === id) {
      return invalidInput([{ path: 'id', message: 'must be somebody else: your own is for disableMfa' }]);
    }
    const entry: AuditEntry = {
      action: 'mfa.reset',
      target: { type: 'USER', id },
      details: reason === undefined ? {} : { reason },
    };
    const { store, mails } = this.parts;
    const change = changeBy(caller, id, entry, userUpdated(id, ['mfaEnabled']));
    return this.concluded(caller, id, entry, await store.resetMfa(change, mails.mfaReset()));
  }

  /** Deletes a user; oneself only with the password. */
  async delete(caller: Caller, input: unknown) {
    const parsed = parseInput(deleteUserInput, input);
    if (!parsed.ok) return parsed.error;
    const id = whom(caller.viewer, parsed.data.id);
    const { currentPassword } = parsed.data;
    if (!(await this.proven(caller, id, currentPassword, 'user.deleted'))) return notProven(currentPassword);
    const entry: AuditEntry = { action: 'user.deleted', target: { type: 'USER', id } };
    const { store, mails } = this.parts;
    const outcome = await store.remove(changeBy(caller, id, entry, userDeleted(id)), mails.accountDeleted());
    if (outcome.kind === 'last administrator') {
      await this.parts.audit.record(caller, { ...entry, outcome: 'FAILURE' });
      return lastAdministrator();
    }
    if (outcome.kind === 'beyond') return this.denied(caller, entry, outcome.missingScopes);
    if (outcome.kind === 'gone') return notFound(NO_PERSON);
    return this.committed({ __typename: 'DeleteUserSuccess' as const, id });
  }

  /** Whether the viewer has given their password, if they change themselves. */
  private async proven(
    caller: Caller,
    id: string,
    password: string | undefined,
    action: 'user.updated' | 'user.deleted',
  ): Promise<boolean> {
    if (!isSelf(caller.viewer, id)) return true;
    return password !== undefined && this.parts.passwords.provesUser(caller, id, password, action);
  }

  private newEmail(viewer: Viewer, id: string, email: string | undefined): NewEmail | null {
    if (email === undefined || viewer.kind === 'anonymous') return null;
    const { mails } = this.parts;
    const { token, hash } = newMailToken();
    return {
      email,
      tokenHash: hash,
      requester: isSelf(viewer, id) ? null : { id: viewer.userId, scopes: viewer.scopes },
      verification: mails.verification(token),
      notice: mails.emailChangeRequested(),
      // Only viewers who see all users may learn here that the address is taken.
      alreadyUsed: hasScope(viewer, 'user:read-any') ? null : mails.alreadyUsed(),
    };
  }

  private concluded(
    caller: Caller,
    id: string,
    entry: AuditEntry,
    outcome:
      | { readonly kind: 'done' | 'unchanged' | 'gone' | 'last administrator' }
      | { readonly kind: 'beyond'; readonly missingScopes: string[] },
  ) {
    if (outcome.kind === 'beyond') return this.denied(caller, entry, outcome.missingScopes);
    if (outcome.kind === 'done' || outcome.kind === 'unchanged') {
      return this.committed({ __typename: 'Changed' as const, id });
    }
    return notFound(NO_PERSON);
  }

  private committed<Result>(result: Result): Result {
    this.parts.onMails();
    this.parts.onEvents();
    return result;
  }

  private async denied(caller: Caller, entry: AuditEntry, missingScopes: string[]) {
    await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED', details: { missingScopes } });
    return userBeyondOwnScopes(missingScopes);
  }
}

/** "Oneself" requires a session: an API key may not change its owner any more than anybody else. */
const isSelf = (viewer: Viewer, id: string): boolean => viewer.kind === 'user' && viewer.userId === id;

const seesEmail = (viewer: Viewer, id: string): boolean => isSelf(viewer, id) || hasScope(viewer, 'user:read-any');

/**
 * The user that an operation changes. Throws FORBIDDEN unless the viewer may change them and, for others, has signed in
 * recently.
 */
function whom(viewer: Viewer, wanted: string | undefined): string {
  const id = wanted ?? (viewer.kind === 'user' ? viewer.userId : undefined);
  if (id === undefined)
    throw forbidden('Name the user in `id`: only people who have signed in can leave it out and change themselves.');
  if (!isSelf(viewer, id) && !hasScope(viewer, ADMINISTER)) {
    throw forbidden(`Only with ${ADMINISTER} can somebody else be changed.`, { requiredScopes: [ADMINISTER] });
  }
  if (!isSelf(viewer, id)) requireRecent(viewer, 'To change somebody else');
  return id;
}

const changeBy = (caller: Caller, id: string, entry: AuditEntry, event: NewEvent): UserChange => ({
  id,
  viewer: caller.viewer,
  events: [event],
  audit: auditLog(caller, entry),
});
