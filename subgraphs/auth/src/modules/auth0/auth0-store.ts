import { inTransaction, isUniqueViolation } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { Mailer, MailContent } from '../../mails/index.ts';
import type { NewAuditLog } from '../audit/audit-record.ts';
import type { Consequences } from '../accounts/account-store.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { noteOpened } from '../roles/given-addresses.ts';
import { endSessions } from '../sessions/session-store.ts';
import type { UserStatus } from '../users/user-record.ts';
import { insertUser, type UserCreation } from '../users/user-store.ts';
import type { Auth0Identity } from './id-tokens.ts';

/** A user who may continue to the second factor, or to a session. */
export interface FoundUser {
  readonly id: string;
  readonly mfaEnabled: boolean;
}

export type Auth0Outcome =
  | { readonly kind: 'found'; readonly user: FoundUser }
  | { readonly kind: 'used before' | 'unverified' | 'refused' | 'closed' | 'username taken' };

/** What is written for a new user. */
export interface FirstSignIn {
  /** Null if registration is closed. */
  readonly creation: Omit<UserCreation, 'roleIds'> | null;
  readonly role: string;
  /** The user of the session from which this sign-in is made; null if there is none. */
  readonly viewerId: string | null;
  /** What is written if a user has the address. */
  readonly linked: (
    userId: string,
    state: {
      /** The user registered but never confirmed the address. */
      readonly takenOver: boolean;
      /** The address was not confirmed before. */
      readonly newlyVerified: boolean;
    },
  ) => { readonly events: readonly NewEvent[]; readonly audit: NewAuditLog; readonly mail: MailContent };
}

interface UserRow extends FoundUser {
  readonly status: UserStatus;
  readonly emailVerified: boolean;
  readonly auth0Id: string | null;
  /** The user has unlinked an Auth0 account, so a matching address does not link it again. */
  readonly declined: boolean;
}

/** The links between users and Auth0 accounts. The database decides between concurrent sign-ins. */
export class Auth0Store {
  constructor(
    private readonly pool: Pool,
    private readonly mailer: Mailer,
  ) {}

  /** Marks the token as used and finds, links or creates the user, in one transaction. */
  async signIn(tokenHash: string, identity: Auth0Identity, first: FirstSignIn): Promise<Auth0Outcome> {
    const attempt = () =>
      inTransaction(this.pool, async (client) => {
        const { rowCount } = await client.query(
          'insert into used_id_tokens (token_hash, expires_at) values ($1, $2) on conflict do nothing',
          [tokenHash, identity.expiresAt],
        );
        if (rowCount === 0) return { kind: 'used before' as const };
        const outcome = await this.resolve(client, identity, first);
        // A failed sign-in is rolled back completely: the token can be used again.
        if (outcome.kind !== 'found')
          await client.query('delete from used_id_tokens where token_hash = $1', [tokenHash]);
        return outcome;
      });
    const outcome = await attempt().catch(overtaken);
    // A user with the same address or account was created or linked in the meantime, and is visible now.
    return outcome.kind === 'overtaken' ? finalOf(await attempt()) : outcome;
  }

  /** Unlinks the Auth0 account of a user; false if there is none. `endOthersThan`: ends all sessions but this one. */
  unlink(
    userId: string,
    { events, audit, mail, endOthersThan }: Consequences & { readonly endOthersThan: string | null },
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ email: string }>(
        'update users set auth0_id = null, auth0_declined = true, updated_at = now() where id = $1 and auth0_id is not null returning email',
        [userId],
      );
      const [user] = rows;
      if (!user) return false;
      if (endOthersThan !== null) await endSessions(client, { userId, except: endOthersThan }, 'AUTH0_UNLINKED');
      await appendEvents(client, events);
      await appendAudit(client, [audit]);
      if (mail) await this.mailer.enqueue(client, user.email, mail);
      return true;
    });
  }

  /** Removes tokens that have expired. */
  async removeExpired(limit: number): Promise<void> {
    await this.pool.query(
      `delete from used_id_tokens where token_hash in (
         select token_hash from used_id_tokens where expires_at < now() - interval '1 hour' limit $1)`,
      [limit],
    );
  }

  private async resolve(client: PoolClient, identity: Auth0Identity, first: FirstSignIn) {
    const { auth0Id, email } = identity;
    const known = await findUser(client, 'auth0_id', auth0Id);
    if (known) return ifActive(known);
    if (email === null) return { kind: 'unverified' } as const;
    const owner = await findUser(client, 'email', email);
    // Linked since the previous query, by another sign-in of the same person.
    if (owner?.auth0Id === auth0Id) return ifActive(owner);
    if (owner) return this.link(client, owner, identity, first);
    if (!first.creation) return { kind: 'closed' } as const;
    return create(client, first.creation, first.role);
  }

  private async link(client: PoolClient, owner: UserRow, identity: Auth0Identity, { linked, viewerId }: FirstSignIn) {
    if (owner.status === 'SUSPENDED') return { kind: 'refused' } as const;
    if (owner.declined && owner.id !== viewerId) return { kind: 'refused' } as const;
    // Whoever registered with the address never proved to own it: their password and names are removed.
    const takenOver = owner.status === 'PENDING';
    const { rowCount } = await client.query(
      `update users set auth0_id = $2, auth0_declined = false, email_verified = true, updated_at = now(), status = 'ACTIVE',
         password_hash = case when $3 then null else password_hash end,
         first_name = case when $3 then $4 else first_name end, last_name = case when $3 then $5 else last_name end
       where id = $1 and auth0_id is null`,
      [owner.id, identity.auth0Id, takenOver, identity.firstName, identity.lastName],
    );
    if (rowCount === 0) return { kind: 'refused' } as const;
    if (takenOver) {
      for (const table of ['email_verification_tokens', 'password_reset_tokens']) {
        await client.query(`delete from ${table} where user_id = $1 and used_at is null`, [owner.id]);
      }
    }
    await noteOpened(client, owner.id);
    const { events, audit, mail } = linked(owner.id, { takenOver, newlyVerified: !owner.emailVerified });
    await appendEvents(client, events);
    await appendAudit(client, [audit]);
    if (identity.email !== null) await this.mailer.enqueue(client, identity.email, mail);
    return found(owner);
  }
}

const found = ({ id, mfaEnabled }: FoundUser) => ({ kind: 'found', user: { id, mfaEnabled } }) as const;

const ifActive = (user: UserRow) => (user.status === 'ACTIVE' ? found(user) : ({ kind: 'refused' } as const));

function overtaken(error: unknown): { readonly kind: 'overtaken' } {
  if (isUniqueViolation(error, 'users_auth0_id_key')) return { kind: 'overtaken' };
  throw error;
}

function finalOf(outcome: Auth0Outcome | { readonly kind: 'overtaken' }): Auth0Outcome {
  if (outcome.kind === 'overtaken') throw new Error('A user was in the way twice, and cannot be seen.');
  return outcome;
}

async function findUser(client: PoolClient, column: 'auth0_id' | 'email', value: string): Promise<UserRow | undefined> {
  const { rows } = await client.query<UserRow>(
    `select id, status::text, mfa_enabled as "mfaEnabled", email_verified as "emailVerified",
       auth0_id as "auth0Id", auth0_declined as declined from users
     where ${column} = $1 and kind = 'PERSON' for no key update`,
    [value],
  );
  return rows[0];
}

async function create(client: PoolClient, creation: Omit<UserCreation, 'roleIds'>, role: string) {
  const { rows } = await client.query<{ id: string }>('select id from roles where name = $1', [role]);
  const outcome = await insertUser(client, { ...creation, roleIds: rows.map(({ id }) => id) });
  if (outcome === 'created') return found({ id: creation.user.id, mfaEnabled: false });
  // The user name is taken, or the Auth0 account: the next try finds the latter.
  if (outcome === 'username taken') {
    const other = await client.query('select 1 from users where auth0_id = $1', [creation.user.auth0Id]);
    if (other.rowCount === 0) return { kind: 'username taken' } as const;
  }
  return { kind: 'overtaken' } as const;
}
