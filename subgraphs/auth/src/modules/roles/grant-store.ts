import { scopeCovers, type Viewer } from '@flowmesh/platform/access';
import type { PoolClient } from 'pg';
import { scopesBeyond } from './role-grants.ts';

/**
 * Which of these scopes the viewer may not grant now, sorted: those beyond the session or key, and those that its user
 * does not hold. A concurrent revocation of the viewer's role comes either before the grant, which is then refused, or
 * after it: see `scopesNotHeld`.
 */
export async function missingScopes(client: PoolClient, viewer: Viewer, wanted: readonly string[]): Promise<string[]> {
  if (viewer.kind === 'anonymous') return [...wanted].sort();
  const notHeld = await scopesNotHeld(client, viewer.userId, wanted);
  return [...new Set([...scopesBeyond(viewer, [{ scopes: wanted }]), ...notHeld])].sort();
}

/**
 * Which of these scopes the user does not hold. Locks roles, assignments and the status of the user until the caller's
 * transaction ends.
 */
export async function scopesNotHeld(client: PoolClient, userId: string, wanted: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ scopes: string[] }>(
    `select roles.scopes from users join user_roles held on held.user_id = users.id join roles on roles.id = held.role_id
     where users.id = $1 and users.status = 'ACTIVE' order by roles.id for share`,
    [userId],
  );
  const held = rows.flatMap(({ scopes }) => scopes);
  return wanted.filter((scope) => !held.some((mine) => scopeCovers(mine, scope)));
}
