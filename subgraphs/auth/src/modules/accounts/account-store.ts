import { inTransaction, isUniqueViolation } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import type { MailContent, Mailer } from '../../mails/index.ts';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import type { UserStatus } from '../users/user-record.ts';
import { insertUser, type UserCreation } from '../users/user-store.ts';
import { noteGivenAddress, noteOwnAddress } from '../roles/given-addresses.ts';
import { scopesBeyondRequester } from '../roles/holder-guard.ts';
import { addResetToken, addVerificationToken } from './mail-token-store.ts';

/** The user of an e-mail address. */
export interface AddressOwner {
  readonly id: string;
  readonly status: UserStatus;
}

/** Event, audit entry and mail of a change to an account. */
export interface Consequences {
  readonly events: readonly NewEvent[];
  readonly audit: NewAuditLog;
  readonly mail: MailContent | null;
}

/** The same for a changed address: the mail goes to the previous address. */
export interface AddressConsequences extends Consequences {
  readonly mailToNew: MailContent;
}

export interface Registration {
  readonly creation: Omit<UserCreation, 'roleIds'>;
  readonly role: string;
  readonly verificationHash: string;
  readonly mail: MailContent;
  /** What happens instead, in the same transaction, if the address already belongs to a user. */
  readonly onTaken: (owner: AddressOwner) => {
    readonly audit: NewAuditLog;
    readonly mail: MailContent;
    /** Lets the owner choose a password. */
    readonly resetHash: string | null;
  };
}

export type MailRequestKind = 'VERIFY_EMAIL' | 'RESET_PASSWORD';

/** The mail to the owner of an address who requested it. */
export interface RequestedMail {
  readonly tokenHash: string;
  readonly mail: MailContent;
  readonly audit: (owner: AddressOwner) => NewAuditLog;
}

export interface VerifiedEmail {
  readonly userId: string;
  readonly email: string;
  /** Null when it is the same. */
  readonly previousEmail: string | null;
}

/** A new address that was refused, because its requester no longer has all rights of the user. */
export interface DeniedEmail {
  readonly userId: string;
  readonly requesterId: string;
  readonly missingScopes: readonly string[];
}

/** How long a registration can be confirmed. */
const PENDING_DAYS = 7;
/** After this time a request for mail is useless. */
const REQUEST_HOURS = 1;

/** Registrations, e-mail addresses and the mails about them. The database decides races. */
export class AccountStore {
  constructor(
    private readonly pool: Pool,
    private readonly mailer: Mailer,
  ) {}

  /** Creates a user with an unconfirmed address, or informs the owner of the address of the attempt. */
  register(registration: Registration): Promise<'registered' | 'email taken' | 'username taken'> {
    const { creation, role, verificationHash, mail, onTaken } = registration;
    const { id, email } = creation.user;
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ id: string }>('select id from roles where name = $1', [role]);
      const outcome = await insertUser(client, { ...creation, roleIds: rows.map((found) => found.id) });
      if (outcome === 'created') {
        await addVerificationToken(client, verificationHash, id, email);
        await this.mailer.enqueue(client, email, mail);
        return 'registered';
      }
      if (outcome === 'username taken') return outcome;
      const owner = await findOwner(client, email);
      if (!owner) return outcome;
      const instead = onTaken(owner);
      if (instead.resetHash !== null) await addResetToken(client, instead.resetHash, owner.id);
      await this.mailer.enqueue(client, email, instead.mail);
      await appendAudit(client, [instead.audit]);
      return outcome;
    });
  }

  /** Stores a request for mail to this address, whether or not it has an account. */
  async requestMail(kind: MailRequestKind, email: string): Promise<void> {
    await this.pool.query('insert into account_mail_requests (id, kind, email) values ($1, $2, $3)', [
      newId(),
      kind,
      email,
    ]);
  }

  /**
   * Handles one request, if there is one: mails the owner of the address, if there is one who may get the mail.
   * `requested` composes the mail; null: no mail. False if there is no request.
   */
  answerRequest(
    requested: (kind: MailRequestKind, owner: AddressOwner & { emailVerified: boolean }) => RequestedMail | null,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ kind: MailRequestKind; email: string }>(
        `delete from account_mail_requests where id = (
           select id from account_mail_requests order by created_at, id limit 1 for update skip locked)
         returning kind, email`,
      );
      const [request] = rows;
      if (!request) return false;
      const { kind, email } = request;
      const owner = await findOwner(client, email);
      const answer = owner && requested(kind, owner);
      if (!owner || !answer) return true;
      if (kind === 'RESET_PASSWORD') await addResetToken(client, answer.tokenHash, owner.id);
      else await addVerificationToken(client, answer.tokenHash, owner.id, email);
      await this.mailer.enqueue(client, email, answer.mail);
      await appendAudit(client, [answer.audit(owner)]);
      return true;
    });
  }

  /**
   * Confirms the address of a token for its user, who may sign in from then on. Of any number of concurrent callers
   * with the same token, one succeeds. If somebody else requested the address, they must hold all rights that the user
   * has now, because whoever reads the mail can choose a password.
   */
  async verifyEmail(
    tokenHash: string,
    consequences: (verified: VerifiedEmail) => AddressConsequences,
    denied: (denial: DeniedEmail) => NewAuditLog,
  ): Promise<VerifiedEmail | 'invalid' | 'email taken'> {
    try {
      return await this.useVerificationToken(tokenHash, consequences, denied);
    } catch (error) {
      // Another user confirmed the same address at the same time.
      if (isUniqueViolation(error, 'users_email_key')) return 'email taken';
      throw error;
    }
  }

  private useVerificationToken(
    tokenHash: string,
    consequences: (verified: VerifiedEmail) => AddressConsequences,
    denied: (denial: DeniedEmail) => NewAuditLog,
  ): Promise<VerifiedEmail | 'invalid' | 'email taken'> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<VerifiedEmail & { requesterId: string | null; requesterScopes: string[] }>(
        `with token as (
           update email_verification_tokens set used_at = now()
           where token_hash = $1 and used_at is null and expires_at > now()
           returning user_id, email, requested_by_id, requested_scopes)
         select users.id as "userId", token.email, nullif(users.email, token.email) as "previousEmail",
           token.requested_by_id as "requesterId", token.requested_scopes as "requesterScopes"
         from token join users on users.id = token.user_id for no key update of users`,
        [tokenHash],
      );
      const [verified] = rows;
      if (!verified) return 'invalid';
      const { userId, email, previousEmail, requesterId, requesterScopes } = verified;
      if (requesterId !== null) {
        const requester = { id: requesterId, scopes: requesterScopes };
        const missingScopes = await scopesBeyondRequester(client, requester, userId);
        if (missingScopes.length > 0) {
          await appendAudit(client, [denied({ userId, requesterId, missingScopes })]);
          return 'invalid';
        }
      }
      const { rowCount } = await client.query(
        `update users set email = $2, email_verified = true, updated_at = now(),
           status = case status when 'PENDING' then 'ACTIVE' else status end
         where id = $1 and not exists (select 1 from users other where other.email = $2 and other.id <> $1)`,
        [userId, email],
      );
      if (rowCount === 0) return 'email taken';
      await client.query('delete from email_verification_tokens where user_id = $1 and used_at is null', [userId]);
      // These were sent to an address that no longer belongs to the user.
      if (previousEmail !== null) {
        await client.query('delete from password_reset_tokens where user_id = $1', [userId]);
        if (requesterId === null) await noteOwnAddress(client, userId);
        else {
          const giver = { id: requesterId, scopes: requesterScopes };
          await noteGivenAddress(client, { userId, email, opened: false }, giver);
        }
      }
      const { events, audit, mail, mailToNew } = consequences(verified);
      await appendEvents(client, events);
      await appendAudit(client, [audit]);
      if (previousEmail !== null) {
        if (mail) await this.mailer.enqueue(client, previousEmail, mail);
        await this.mailer.enqueue(client, email, mailToNew);
      }
      return verified;
    });
  }

  /** Removes expired tokens and requests, and users who have never confirmed their address. */
  async removeExpired(
    limit: number,
    onRemoved: (userIds: readonly string[]) => {
      readonly events: readonly NewEvent[];
      readonly audit: readonly NewAuditLog[];
    },
  ): Promise<void> {
    for (const table of ['password_reset_tokens', 'email_verification_tokens']) {
      await this.pool.query(
        `delete from ${table} where token_hash in (
           select token_hash from ${table} where expires_at < now() - interval '1 day' limit $1)`,
        [limit],
      );
    }
    await this.pool.query(
      `delete from account_mail_requests where created_at < now() - interval '${REQUEST_HOURS} hours'`,
    );
    await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `with unused as (
           select id from users where status = 'PENDING' and created_at < now() - interval '${PENDING_DAYS} days'
           limit $1 for update skip locked),
         gone as (delete from users u using unused where u.id = unused.id returning u.id, u.created_at)
         insert into deleted_users (id, created_at) select id, created_at from gone returning id`,
        [limit],
      );
      const { events, audit } = onRemoved(rows.map(({ id }) => id));
      await appendEvents(client, events);
      await appendAudit(client, audit);
    });
  }
}

async function findOwner(
  client: PoolClient,
  email: string,
): Promise<(AddressOwner & { emailVerified: boolean }) | undefined> {
  const { rows } = await client.query<AddressOwner & { emailVerified: boolean }>(
    'select id, status, email_verified as "emailVerified" from users where email = $1 for key share',
    [email],
  );
  return rows[0];
}
