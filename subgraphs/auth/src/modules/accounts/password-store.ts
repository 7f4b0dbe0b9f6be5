import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Mailer } from '../../mails/index.ts';
import type { Pool, PoolClient } from 'pg';
import type { PasswordOwner } from '../../passwords/password-policy.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { noteOpened } from '../roles/given-addresses.ts';
import type { RevocationReason } from '../sessions/session-record.ts';
import { endSessions } from '../sessions/session-store.ts';
import type { Consequences } from './account-store.ts';

/** The fields of a user that password changes need. */
export interface PasswordUser extends PasswordOwner {
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string | null;
}

const COLUMNS = `users.id, users.email, users.username, users.first_name as "firstName", users.last_name as "lastName",
  users.mfa_enabled as "mfaEnabled", users.password_hash as "passwordHash"`;

/** Passwords and the tokens that let users choose new ones. */
export class PasswordStore {
  constructor(
    private readonly pool: Pool,
    private readonly mailer: Mailer,
  ) {}

  async find(userId: string): Promise<PasswordUser | null> {
    const { rows } = await this.pool.query<PasswordUser>(`select ${COLUMNS} from users where id = $1`, [userId]);
    return rows[0] ?? null;
  }

  /** The user of the token; null if it is invalid. */
  async findByResetToken(tokenHash: string): Promise<PasswordUser | null> {
    const { rows } = await this.pool.query<PasswordUser>(
      `select ${COLUMNS} from password_reset_tokens t join users on users.id = t.user_id
       where t.token_hash = $1 and t.used_at is null and t.expires_at > now() and users.status <> 'SUSPENDED'`,
      [tokenHash],
    );
    return rows[0] ?? null;
  }

  /**
   * Sets the password of the token's user; of any number of concurrent callers with the same token, one succeeds. All
   * sessions and all other tokens of the user end, and the address is confirmed, because the token was mailed to it.
   * The second factor stays.
   */
  reset(tokenHash: string, passwordHash: string, consequences: (userId: string) => Consequences): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `with token as (
           update password_reset_tokens set used_at = now()
           where token_hash = $1 and used_at is null and expires_at > now() returning user_id)
         update users set password_hash = $2, password_expires_at = null, email_verified = true, updated_at = now(),
           status = case status when 'PENDING' then 'ACTIVE' else status end
         from token where users.id = token.user_id and users.status <> 'SUSPENDED' returning users.id`,
        [tokenHash, passwordHash],
      );
      const userId = rows[0]?.id;
      if (userId === undefined) return false;
      // Somebody else may have chosen the replaced password, and may wait for a link to be opened.
      await client.query(
        `delete from email_verification_tokens t using users
         where t.user_id = $1 and users.id = $1 and t.email = users.email and t.used_at is null`,
        [userId],
      );
      await noteOpened(client, userId);
      await this.conclude(client, { userId, except: null, reason: 'PASSWORD_RESET' }, consequences(userId));
      return true;
    });
  }

  /** Replaces the hash, unless it has changed since it was read. Other sessions and all tokens end. */
  change(user: PasswordUser, newHash: string, keptSessionId: string, consequences: Consequences): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        'update users set password_hash = $3, password_expires_at = null, updated_at = now() where id = $1 and password_hash = $2',
        [user.id, user.passwordHash, newHash],
      );
      if (rowCount === 0) return false;
      const ending = { userId: user.id, except: keptSessionId, reason: 'PASSWORD_CHANGED' } as const;
      await this.conclude(client, ending, consequences);
      return true;
    });
  }

  private async conclude(
    client: PoolClient,
    ending: { readonly userId: string; readonly except: string | null; readonly reason: RevocationReason },
    { events, audit, mail }: Consequences,
  ) {
    const { userId } = ending;
    await client.query('delete from password_reset_tokens where user_id = $1 and used_at is null', [userId]);
    await endSessions(client, ending, ending.reason);
    await appendEvents(client, events);
    await appendAudit(client, [audit]);
    if (!mail) return;
    const { rows } = await client.query<{ email: string }>('select email from users where id = $1', [userId]);
    for (const { email } of rows) await this.mailer.enqueue(client, email, mail);
  }
}
