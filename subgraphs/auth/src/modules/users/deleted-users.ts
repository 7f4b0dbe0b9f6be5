import type { Pool, PoolClient } from 'pg';
import type { UserRecord } from './user-record.ts';

/** Shown instead of a name; user names contain no spaces. */
const NO_NAME = 'deleted user';

/** Removes a user or service account within the caller's transaction; the id is kept, because others refer to it. */
export async function buryUser(client: PoolClient, id: string): Promise<void> {
  await client.query(
    `with gone as (delete from users where id = $1 returning id, created_at)
     insert into deleted_users (id, created_at) select id, created_at from gone`,
    [id],
  );
}

/** The ids of deleted users among these. */
export async function findDeleted(pool: Pool, ids: readonly string[]): Promise<UserRecord[]> {
  const { rows } = await pool.query<{ id: string; createdAt: Date; updatedAt: Date }>(
    'select id, created_at as "createdAt", deleted_at as "updatedAt" from deleted_users where id = any($1)',
    [ids],
  );
  return rows.map((row) => ({ ...NOTHING_KNOWN, ...row }));
}

const NOTHING_KNOWN = {
  email: null,
  username: NO_NAME,
  usernameKey: NO_NAME,
  firstName: null,
  lastName: null,
  status: 'DELETED',
  emailVerified: false,
  mfaEnabled: false,
  lastLogin: null,
  metadata: {},
  auth0Id: null,
  passwordExpiresAt: null,
} as const satisfies Partial<UserRecord>;
