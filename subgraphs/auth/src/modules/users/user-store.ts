import type { Viewer } from '@flowmesh/platform/access';
import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { containedIn, inTransaction } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import { asciiDomain } from '@flowmesh/platform/validation';
import type { Prisma, PrismaClient } from '@flowmesh/prisma/auth';
import type { Pool, PoolClient } from 'pg';
import type { MailContent, Mailer } from '../../mails/index.ts';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { addResetToken } from '../accounts/mail-token-store.ts';
import { noteGivenAddress } from '../roles/given-addresses.ts';
import { missingScopes } from '../roles/grant-store.ts';
import { findDeleted } from './deleted-users.ts';
import { signInName } from './sign-in-name.ts';
import type { UserFilterValues } from './user-input.ts';
import { TEMPORARY_PASSWORD_SECONDS, type NewUser, type UserRecord } from './user-record.ts';

const RECORD = {
  id: true,
  email: true,
  username: true,
  usernameKey: true,
  firstName: true,
  lastName: true,
  status: true,
  emailVerified: true,
  mfaEnabled: true,
  lastLogin: true,
  metadata: true,
  auth0Id: true,
  passwordExpiresAt: true,
  createdAt: true,
  updatedAt: true,
} as const satisfies Prisma.UserSelect;

/** Internationalised domains are stored in Punycode. */
function asInAddresses(search: string): string {
  const domainAt = search.lastIndexOf('@') + 1;
  return search.slice(0, domainAt) + (asciiDomain(search.slice(domainAt)) ?? search.slice(domainAt));
}

function toWhere({ search, status, role }: UserFilterValues): Prisma.UserWhereInput {
  return {
    kind: 'PERSON',
    ...(search && {
      OR: [
        ...containedIn(['username', 'firstName', 'lastName'], search),
        ...containedIn(['email'], asInAddresses(search)),
      ],
    }),
    ...(status && { status }),
    ...(role && { roles: { some: { role: { name: role } } } }),
  };
}

export interface UserCreation {
  readonly user: NewUser;
  readonly roleIds: readonly string[];
  /** The viewer who grants the roles; null: the product itself. */
  readonly grantedBy: string | null;
  readonly events: readonly NewEvent[];
  readonly audit: NewAuditLog;
  /** For users without a password: a token to choose one, and its mail. */
  readonly invitation?: { readonly tokenHash: string; readonly mail: MailContent } | undefined;
}

export type UserCreationResult = 'created' | 'email taken' | 'username taken';

export interface Credentials {
  readonly id: string;
  readonly passwordHash: string | null;
  readonly passwordExpiresAt: Date | null;
  readonly mfaEnabled: boolean;
}

/** Users. */
export class UserStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
    private readonly mailer: Mailer,
  ) {}

  /** Includes deleted users, with only their id, because objects of other domains still refer to them. */
  async findMany(ids: readonly string[]): Promise<UserRecord[]> {
    const users = await this.prisma.user.findMany({ where: { id: { in: [...ids] } }, select: RECORD });
    if (users.length === ids.length) return users;
    return [...users, ...(await findDeleted(this.pool, ids))];
  }

  page(filter: UserFilterValues, keyset: Keyset): Promise<UserRecord[]> {
    const { where, ...order } = prismaKeyset(keyset);
    return this.prisma.user.findMany({ where: { AND: [toWhere(filter), where] }, ...order, select: RECORD });
  }

  count(filter: UserFilterValues): Promise<number> {
    return this.prisma.user.count({ where: toWhere(filter) });
  }

  /**
   * The credentials for sign-in. E-mail addresses contain an `@` and user names do not, so at most one user matches.
   */
  async credentials(identifier: string): Promise<Credentials | null> {
    const key = signInName(identifier);
    return this.prisma.user.findFirst({
      where: { ...(key.includes('@') ? { email: key } : { usernameKey: key }), status: 'ACTIVE' },
      select: { id: true, passwordHash: true, passwordExpiresAt: true, mfaEnabled: true },
    });
  }

  /** Replaces the hash of an unchanged password; changes nothing if the password was changed in the meantime. */
  async replacePasswordHash(userId: string, oldHash: string, newHash: string): Promise<void> {
    await this.prisma.user.updateMany({
      where: { id: userId, passwordHash: oldHash },
      data: { passwordHash: newHash },
    });
  }

  /** The number of passwords whose hash has another prefix. */
  async countPasswordsBut(prefix: string): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>(
      'select count(*)::int as count from users where not starts_with(password_hash, $1)',
      [prefix],
    );
    return rows[0]?.count ?? 0;
  }

  /** Creates the user, unless the roles contain scopes that the granting viewer does not hold now. */
  create(creation: UserCreation, viewer: Viewer): Promise<UserCreationResult | 'beyond own scopes'> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ scopes: string[] }>(
        'select scopes from roles where id = any($1) order by id for share',
        [creation.roleIds],
      );
      const missing = await missingScopes(
        client,
        viewer,
        rows.flatMap(({ scopes }) => scopes),
      );
      if (missing.length > 0) return 'beyond own scopes';
      const outcome = await insertUser(client, creation);
      if (outcome !== 'created') return outcome;
      await this.invite(client, creation);
      if (viewer.kind !== 'anonymous') {
        const { id, email } = creation.user;
        const giver = { id: viewer.userId, scopes: viewer.scopes };
        await noteGivenAddress(client, { userId: id, email, opened: true }, giver);
      }
      return outcome;
    });
  }

  async hasHolder(roleName: string): Promise<boolean> {
    return (await this.prisma.userRole.findFirst({ where: { role: { name: roleName } } })) !== null;
  }

  /**
   * Creates the user, or returns null if the role already has a holder. Concurrent processes wait for each other: one
   * of them creates the user.
   */
  createFirstHolder(roleName: string, creation: Omit<UserCreation, 'roleIds'>): Promise<UserCreationResult | null> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ id: string }>('select id from roles where name = $1 for no key update', [
        roleName,
      ]);
      const roleId = rows[0]?.id;
      if (roleId === undefined) throw new Error(`there is no role ${roleName}`);
      const { rowCount } = await client.query('select 1 from user_roles where role_id = $1 limit 1', [roleId]);
      return rowCount === 0 ? insertUser(client, { ...creation, roleIds: [roleId] }) : null;
    });
  }

  /** Whether the only holder of the role is locked out, because their temporary password has expired. */
  async isLockedOut(roleName: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(`select 1 ${LOCKED_OUT}`, [roleName]);
    return rowCount === 1;
  }

  /** Sets another password for that holder; returns their e-mail address, or null if another process was faster. */
  renewPassword(
    roleName: string,
    { passwordHash, temporary }: { readonly passwordHash: string; readonly temporary: boolean },
    audit: (userId: string) => NewAuditLog,
  ): Promise<string | null> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ id: string; email: string }>(
        `update users set password_hash = $2, updated_at = now(),
           password_expires_at = case when $3 then now() + $4 * interval '1 second' end
         where id in (select users.id ${LOCKED_OUT}) and password_expires_at < now() returning id, email`,
        [roleName, passwordHash, temporary, TEMPORARY_PASSWORD_SECONDS],
      );
      const [user] = rows;
      if (user) await appendAudit(client, [audit(user.id)]);
      return user?.email ?? null;
    });
  }

  private async invite(client: PoolClient, { user, invitation }: UserCreation): Promise<void> {
    if (!invitation) return;
    await addResetToken(client, invitation.tokenHash, user.id, 'invitation');
    await this.mailer.enqueue(client, user.email, invitation.mail);
  }
}

/** The only active holder of a role, if their temporary password has expired and they cannot sign in otherwise. */
const LOCKED_OUT = `from users
  where users.status = 'ACTIVE' and users.password_expires_at < now() and users.auth0_id is null
    and array[users.id] = array(
      select holder.id from user_roles held join roles on roles.id = held.role_id join users holder on holder.id = held.user_id
      where roles.name = $1 and holder.status = 'ACTIVE' and holder.kind = 'PERSON')`;

/** Creates a user within the caller's transaction; changes nothing if the address or the name is taken. */
export async function insertUser(client: PoolClient, creation: UserCreation): Promise<UserCreationResult> {
  const { id, email, username, firstName, lastName, passwordHash } = creation.user;
  const { status = 'ACTIVE', emailVerified = false, auth0Id = null, temporaryPassword = false } = creation.user;
  const { rowCount } = await client.query(
    `insert into users (id, email, username, username_key, first_name, last_name, password_hash, status,
       email_verified, auth0_id, password_expires_at)
     values ($1, $2, $3, lower($3), $4, $5, $6, $7::user_status, $8, $9, now() + $10 * interval '1 second')
     on conflict do nothing`,
    [
      ...[id, email, username, firstName, lastName, passwordHash, status, emailVerified, auth0Id],
      temporaryPassword ? TEMPORARY_PASSWORD_SECONDS : null,
    ],
  );
  if (rowCount === 0) {
    const taken = await client.query('select 1 from users where email = $1', [email]);
    return taken.rowCount === 0 ? 'username taken' : 'email taken';
  }
  await client.query(
    'insert into user_roles (user_id, role_id, granted_by) select $1, role_id, $3 from unnest($2::text[]) as role_id',
    [id, [...creation.roleIds], creation.grantedBy],
  );
  await appendEvents(client, creation.events);
  await appendAudit(client, [creation.audit]);
  return 'created';
}
