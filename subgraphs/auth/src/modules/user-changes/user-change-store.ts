import type { Viewer } from '@flowmesh/platform/access';
import { inTransaction, isUniqueViolation } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { MailContent, Mailer } from '../../mails/index.ts';
import type { Pool, PoolClient } from 'pg';
import { addVerificationToken, type AddressRequester } from '../accounts/mail-token-store.ts';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { removeFactor } from '../mfa/mfa-store.ts';
import { refuseChange, type HolderRefusal } from '../roles/holder-guard.ts';
import { endSessions } from '../sessions/session-store.ts';
import { tellOfAccountsOf } from '../service-accounts/sleeping-accounts.ts';
import { buryUser } from '../users/deleted-users.ts';
import type { UserStatus } from '../users/user-record.ts';
import { userReactivated, userSuspended } from './user-change-events.ts';
import type { UpdateUserValues } from './user-change-input.ts';

/** Viewer and user of a change, with its event and audit entry. */
export interface UserChange {
  readonly id: string;
  readonly viewer: Viewer;
  readonly events: readonly NewEvent[];
  readonly audit: NewAuditLog;
}

/** A new address and the mails about it. */
export interface NewEmail {
  readonly email: string;
  readonly tokenHash: string;
  /** The requester, if that is not the user. */
  readonly requester: AddressRequester | null;
  /** To the new address, with the token. */
  readonly verification: MailContent;
  /** To the current address. */
  readonly notice: MailContent;
  /** To another user who already has the address; null: the viewer gets an error instead. */
  readonly alreadyUsed: MailContent | null;
}

export type ProfileValues = Omit<UpdateUserValues, 'id' | 'email' | 'currentPassword'>;

export type UserChangeOutcome = HolderRefusal | { readonly kind: 'done' | 'unchanged' };
export type ProfileOutcome =
  | HolderRefusal
  | { readonly kind: 'done'; readonly pendingEmail: string | null }
  | { readonly kind: 'email taken' | 'username taken' };
export type StatusOutcome = UserChangeOutcome | { readonly kind: 'not that status' };

/** Changes of users, by themselves and by administrators. Each is one transaction that makes all checks. */
export class UserChangeStore {
  constructor(
    private readonly pool: Pool,
    private readonly mailer: Mailer,
  ) {}

  async hasEmail(id: string, email: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('select 1 from users where id = $1 and email = $2', [id, email]);
    return rowCount === 1;
  }

  /**
   * Changes the profile, and starts the confirmation of a new address; `present` cancels an earlier request. Returns
   * the address that awaits confirmation afterwards.
   */
  async updateProfile(
    change: UserChange,
    values: ProfileValues,
    email: NewEmail | 'present' | null,
  ): Promise<ProfileOutcome> {
    try {
      return await this.guarded<ProfileOutcome>(change, false, async (client) => {
        if (email === 'present') await withdrawEmail(client, change.id);
        else if (email && !(await this.requestEmail(client, change.id, email))) return { kind: 'email taken' };
        await updateColumns(client, change.id, values);
        return { kind: 'done', pendingEmail: await pendingEmail(client, change.id) };
      });
    } catch (error) {
      if (isUniqueViolation(error, 'users_username_key_key')) return { kind: 'username taken' };
      throw error;
    }
  }

  /** Ends or disables all their credentials until they are reactivated. */
  suspend(change: UserChange, mail: MailContent): Promise<StatusOutcome> {
    return this.guarded(change, true, async (client) => {
      const moved = await this.moveStatus(client, change.id, 'ACTIVE', 'SUSPENDED', mail);
      if (moved.kind !== 'done') return moved;
      await client.query('delete from password_reset_tokens where user_id = $1 and used_at is null', [change.id]);
      await endSessions(client, { userId: change.id, except: null }, 'USER_SUSPENDED');
      await tellOfAccountsOf(client, change.id, userSuspended);
      return moved;
    });
  }

  reactivate(change: UserChange, mail: MailContent): Promise<StatusOutcome> {
    return this.guarded(change, false, async (client) => {
      const moved = await this.moveStatus(client, change.id, 'SUSPENDED', 'ACTIVE', mail);
      if (moved.kind === 'done') await tellOfAccountsOf(client, change.id, userReactivated);
      return moved;
    });
  }

  /** Removes the second factor and ends all sessions: whoever stole the factor may have signed in with it. */
  resetMfa(change: UserChange, mail: MailContent): Promise<UserChangeOutcome> {
    return this.guarded(change, false, async (client) => {
      if (!(await removeFactor(client, change.id))) return { kind: 'unchanged' };
      await endSessions(client, { userId: change.id, except: null }, 'MFA_RESET');
      await this.mailTo(client, change.id, mail);
      return { kind: 'done' };
    });
  }

  /** Removes everything but the id. */
  remove(change: UserChange, mail: MailContent): Promise<UserChangeOutcome> {
    return this.guarded(change, true, async (client) => {
      const { id } = change;
      // Consumers of events get one for each ended session.
      await endSessions(client, { userId: id, except: null }, 'USER_DELETED');
      await this.mailTo(client, id, mail);
      // With the person deleted, their service accounts are no longer disabled.
      await tellOfAccountsOf(client, id, userReactivated);
      await buryUser(client, id);
      return { kind: 'done' };
    });
  }

  /** Does the work if the viewer may; writes events and the audit entry with it. */
  private guarded<Outcome extends { readonly kind: string }>(
    { id, viewer, events, audit }: UserChange,
    ends: boolean,
    work: (client: PoolClient) => Promise<Outcome>,
  ): Promise<Outcome | HolderRefusal> {
    return inTransaction(this.pool, async (client) => {
      const refusal = await refuseChange(client, { id, kind: 'PERSON', viewer, ends });
      if (refusal) return refusal;
      const outcome = await work(client);
      if (outcome.kind !== 'done') return outcome;
      await appendEvents(client, events);
      await appendAudit(client, [audit]);
      return outcome;
    });
  }

  private async moveStatus(
    client: PoolClient,
    id: string,
    from: UserStatus,
    to: UserStatus,
    mail: MailContent,
  ): Promise<{ readonly kind: 'done' | 'unchanged' | 'not that status' }> {
    const { rows } = await client.query<{ status: UserStatus }>('select status from users where id = $1', [id]);
    const status = rows[0]?.status;
    if (status === to) return { kind: 'unchanged' };
    if (status !== from) return { kind: 'not that status' };
    await client.query('update users set status = $2::user_status, updated_at = now() where id = $1', [id, to]);
    await this.mailTo(client, id, mail);
    return { kind: 'done' };
  }

  /** False, and nothing is written, if the viewer gets an error because the address is taken. */
  private async requestEmail(client: PoolClient, id: string, newEmail: NewEmail): Promise<boolean> {
    const { email, tokenHash, requester, verification, notice, alreadyUsed } = newEmail;
    const { rows } = await client.query<{ id: string }>('select id from users where email = $1', [email]);
    const owner = rows[0]?.id;
    if (owner === id) return true;
    if (owner !== undefined && alreadyUsed === null) return false;
    // One request at a time: an earlier link may be in the wrong hands.
    await withdrawEmail(client, id);
    // Stored in any case, although nobody gets a token for an address in use: its state must not reveal that it is in
    // use.
    await addVerificationToken(client, tokenHash, id, email, requester);
    if (owner !== undefined && alreadyUsed) {
      await this.mailer.enqueue(client, email, alreadyUsed);
      return true;
    }
    await this.mailer.enqueue(client, email, verification);
    await this.mailTo(client, id, notice);
    return true;
  }

  private async mailTo(client: PoolClient, id: string, mail: MailContent): Promise<void> {
    const { rows } = await client.query<{ email: string }>('select email from users where id = $1', [id]);
    for (const { email } of rows) await this.mailer.enqueue(client, email, mail);
  }
}

/** Voids the links that would change the user's address. */
async function withdrawEmail(client: PoolClient, id: string): Promise<void> {
  await client.query(
    `delete from email_verification_tokens t using users
     where t.user_id = $1 and users.id = $1 and t.email <> users.email and t.used_at is null`,
    [id],
  );
}

/** The address that awaits confirmation. */
async function pendingEmail(client: PoolClient, id: string): Promise<string | null> {
  const { rows } = await client.query<{ email: string }>(
    `select t.email from email_verification_tokens t join users on users.id = t.user_id
     where t.user_id = $1 and t.email <> users.email and t.used_at is null and t.expires_at > now()
     order by t.created_at desc limit 1`,
    [id],
  );
  return rows[0]?.email ?? null;
}

async function updateColumns(client: PoolClient, id: string, values: ProfileValues): Promise<void> {
  const { username, firstName, lastName, metadata } = values;
  await client.query(
    `update users set username = coalesce($2, username), username_key = lower(coalesce($2, username)),
       first_name = case when $3 then $4 else first_name end, last_name = case when $5 then $6 else last_name end,
       metadata = coalesce($7::jsonb, metadata), updated_at = now()
     where id = $1`,
    [
      id,
      username,
      firstName !== undefined,
      firstName,
      lastName !== undefined,
      lastName,
      metadata && JSON.stringify(metadata),
    ],
  );
}
