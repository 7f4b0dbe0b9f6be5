import type { Caller } from '@flowmesh/platform/access';
import { forbidden } from '@flowmesh/platform/errors';
import type { Mailer } from '../../mails/index.ts';
import { invalidInput } from '@flowmesh/platform/validation';
import type { PasswordHasher } from '../../passwords/password-hasher.ts';
import type { PasswordPolicy } from '../../passwords/password-policy.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import { auditLog, provenOriginOf } from '../audit/audit-log.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { passwordChanged } from './account-events.ts';
import { invalidMailToken, wrongPassword } from './account-failures.ts';
import { changePasswordInput, resetPasswordInput } from './account-input.ts';
import type { AccountMails } from './account-mails.ts';
import { hashMailToken } from './mail-token.ts';
import type { PasswordStore, PasswordUser } from './password-store.ts';

export interface PasswordServiceParts {
  readonly store: PasswordStore;
  readonly mails: AccountMails;
  readonly passwords: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly throttle: Throttle;
  readonly audit: AuditService;
  /** After a commit that added mails or events. */
  readonly onMails: Mailer['poke'];
  readonly onEvents: () => void;
}

/** Actions, besides changing the password, that require it. */
export type ProvenAction = 'user.updated' | 'user.deleted' | 'user.auth0_unlinked';

/** Forgotten and changed passwords. */
export class PasswordService {
  constructor(private readonly parts: PasswordServiceParts) {}

  /** Sets a new password with a token that was mailed. If the password is refused, the token stays valid. */
  async reset(caller: Caller, input: { readonly token: string; readonly newPassword: string }) {
    const { store, mails, passwords, policy, throttle } = this.parts;
    const tokenHash = hashMailToken(input.token);
    if (tokenHash === null) return invalidMailToken();
    return throttle.during('password-reset', { client: caller.client }, async (attempt) => {
      const user = await store.findByResetToken(tokenHash);
      if (!user) return invalidMailToken();
      const parsed = policy.parse(resetPasswordInput, input, 'newPassword', user);
      if (!parsed.ok) return parsed.error;
      const passwordHash = await passwords.hash(parsed.data.newPassword);
      const done = await store.reset(tokenHash, passwordHash, (userId) => ({
        events: [passwordChanged(userId)],
        audit: auditLog(provenOriginOf(caller, userId, null), {
          action: 'user.password_reset',
          target: { type: 'USER', id: userId },
        }),
        mail: mails.passwordChanged(),
      }));
      if (!done) return invalidMailToken();
      await attempt.succeeded();
      this.committed();
      return { __typename: 'ResetPasswordSuccess' as const, email: user.email };
    });
  }

  /** Changes the viewer's own password; the current session continues, all others end. */
  async change(caller: Caller, input: { readonly currentPassword: string; readonly newPassword: string }) {
    const { viewer } = caller;
    const { store, mails, passwords, policy } = this.parts;
    if (viewer.kind !== 'user') throw forbidden('Only the user can change the password, signed in as a person.');
    const user = await store.find(viewer.userId);
    const parsed = policy.parse(changePasswordInput, input, 'newPassword', user ?? {});
    if (!parsed.ok) return parsed.error;
    const { currentPassword, newPassword } = parsed.data;
    if (newPassword === currentPassword) {
      return invalidInput([{ path: 'newPassword', message: 'must differ from the current password' }]);
    }
    if (!user || !(await this.proves(caller, user, currentPassword, 'user.password_changed'))) return wrongPassword();
    const changed = await store.change(user, await passwords.hash(newPassword), viewer.sessionId, {
      events: [passwordChanged(user.id)],
      audit: auditLog(caller, { action: 'user.password_changed', target: { type: 'USER', id: user.id } }),
      mail: mails.passwordChanged(),
    });
    // Another change was faster: the given password is no longer the current one.
    if (!changed) return wrongPassword();
    this.committed();
    return { __typename: 'ChangePasswordSuccess' as const, userId: user.id };
  }

  /** Whether this is the user's password. Guesses are counted; wrong ones are recorded as failures of `action`. */
  async proves(
    caller: Caller,
    user: PasswordUser,
    password: string,
    action: 'user.password_changed' | ProvenAction,
  ): Promise<boolean> {
    const { passwords, throttle, audit } = this.parts;
    return throttle.during('password-check', { account: user.id }, async (attempt) => {
      const proven = await passwords.verify(password, user.passwordHash);
      if (proven) await attempt.succeeded();
      else {
        await audit.record(caller, {
          action,
          outcome: 'FAILURE',
          target: { type: 'USER', id: user.id },
          details: { reason: 'The password was wrong.' },
        });
      }
      return proven;
    });
  }

  /** The same for a user of whom only the id is known. */
  async provesUser(caller: Caller, userId: string, password: string, action: ProvenAction): Promise<boolean> {
    const user = await this.parts.store.find(userId);
    return user !== null && this.proves(caller, user, password, action);
  }

  private committed(): void {
    this.parts.onMails();
    this.parts.onEvents();
  }
}
