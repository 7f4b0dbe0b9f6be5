import type { Caller } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { Mailer } from '../../mails/index.ts';
import { parseInput } from '@flowmesh/platform/validation';
import type { PasswordHasher } from '../../passwords/password-hasher.ts';
import type { PasswordOwner, PasswordPolicy } from '../../passwords/password-policy.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import { auditLog } from '../audit/audit-log.ts';
import { withFreeUsername } from '../users/free-username.ts';
import { userRegistered } from '../users/user-events.ts';
import { userTaken } from '../users/user-failures.ts';
import { usernameFrom } from '../users/user-input.ts';
import { emailVerified } from './account-events.ts';
import { invalidMailToken, registrationClosed } from './account-failures.ts';
import { emailInput, registerInput } from './account-input.ts';
import type { AccountMails } from './account-mails.ts';
import type { AccountStore, AddressOwner, MailRequestKind } from './account-store.ts';
import { hashMailToken, newMailToken } from './mail-token.ts';

/** The role of users who register. */
const ROLE = 'member';

export interface AccountServiceParts {
  readonly store: AccountStore;
  readonly mails: AccountMails;
  readonly passwords: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly throttle: Throttle;
  /** Whether people may register by themselves. */
  readonly registrationOpen: boolean;
  /** After a commit that added mails, requests for mails, or events. */
  readonly onMails: Mailer['poke'];
  readonly onRequests: () => void;
  readonly onEvents: () => void;
}

/**
 * Registration and confirmation of addresses. Nothing here reveals whether an address has an account: answer and
 * response time are the same, and the owner of the address is informed by mail.
 */
export class AccountService {
  constructor(private readonly parts: AccountServiceParts) {}

  /**
   * Registers a user, who can sign in once the address is confirmed. A user name that is taken gets a suffix; the mail
   * contains the result.
   */
  async register(caller: Caller, input: PasswordOwner) {
    const { store, mails, passwords, policy, throttle, registrationOpen, onMails, onEvents } = this.parts;
    if (!registrationOpen) return registrationClosed();
    const parsed = policy.parse(registerInput, input, 'password', input);
    if (!parsed.ok) return parsed.error;
    const { email, firstName, lastName, password } = parsed.data;
    await throttle.begin('register', { account: email, client: caller.client });
    const passwordHash = await passwords.hash(password);
    const id = newId();
    const verification = newMailToken();
    await withFreeUsername(parsed.data.username ?? usernameFrom(email), (username) => {
      const user = { id, email, username, firstName, lastName, passwordHash, status: 'PENDING' as const };
      return store.register({
        creation: {
          user,
          grantedBy: null,
          events: [userRegistered(user)],
          audit: auditLog(caller, { action: 'user.registered', target: { type: 'USER', id } }),
        },
        role: ROLE,
        verificationHash: verification.hash,
        mail: mails.welcome(verification.token, username),
        onTaken: (owner) => this.registeredAgain(caller, owner),
      });
    });
    onMails();
    onEvents();
    return { __typename: 'RegisterSuccess' as const, email };
  }

  /** Confirms the address that a token was mailed to. */
  async verifyEmail(caller: Caller, token: string) {
    const { store, mails, throttle, onMails, onEvents } = this.parts;
    const hash = hashMailToken(token);
    if (hash === null) return invalidMailToken();
    return throttle.during('email-verification', { client: caller.client }, async (attempt) => {
      const outcome = await store.verifyEmail(
        hash,
        ({ userId, previousEmail }) => ({
          events: [emailVerified(userId)],
          audit: auditLog(caller, {
            action: 'user.email_verified',
            target: { type: 'USER', id: userId },
            details: { changed: previousEmail !== null },
          }),
          mail: mails.emailChanged(),
          mailToNew: mails.emailChangedToThis(),
        }),
        ({ userId, requesterId, missingScopes }) =>
          auditLog(caller, {
            action: 'user.email_verified',
            outcome: 'DENIED',
            target: { type: 'USER', id: userId },
            details: { requestedById: requesterId, missingScopes },
          }),
      );
      if (outcome === 'invalid') return invalidMailToken();
      await attempt.succeeded();
      if (outcome === 'email taken') return userTaken('email');
      onMails();
      onEvents();
      return { __typename: 'VerifyEmailSuccess' as const, email: outcome.email };
    });
  }

  async resendVerification(caller: Caller, input: unknown) {
    const problem = await this.requestMail(caller, input, 'VERIFY_EMAIL');
    return problem ?? { __typename: 'ResendVerificationEmailSuccess' as const, accepted: true };
  }

  async requestPasswordReset(caller: Caller, input: unknown) {
    const problem = await this.requestMail(caller, input, 'RESET_PASSWORD');
    return problem ?? { __typename: 'RequestPasswordResetSuccess' as const, accepted: true };
  }

  private async requestMail({ client }: Caller, input: unknown, kind: MailRequestKind) {
    const parsed = parseInput(emailInput, input);
    if (!parsed.ok) return parsed.error;
    const { email } = parsed.data;
    const attempts = kind === 'RESET_PASSWORD' ? 'password-reset' : 'email-verification';
    await this.parts.throttle.begin(attempts, { account: email, client });
    await this.parts.store.requestMail(kind, email);
    this.parts.onRequests();
    return null;
  }

  /** What happens if the address already belongs to a user. */
  private registeredAgain(caller: Caller, owner: AddressOwner) {
    const { mails } = this.parts;
    const audit = auditLog(caller, {
      action: 'user.registered',
      outcome: 'FAILURE',
      target: { type: 'USER', id: owner.id },
      details: { reason: 'The e-mail address belongs to this user already.' },
    });
    // Whoever registered first may not own the address: their password must not give access to the account.
    const reset = newMailToken();
    return owner.status === 'PENDING'
      ? { audit, mail: mails.registeredAgain(reset.token), resetHash: reset.hash }
      : { audit, mail: mails.alreadyUsed(), resetHash: null };
  }
}
