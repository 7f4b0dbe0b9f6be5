import { scopeCovers, type Viewer } from '@flowmesh/platform/access';
import type { PoolClient } from 'pg';
import { scopesBeyond } from './role-grants.ts';

/**
 * Which of these scopes the viewer may not give at this moment: neither more than the session or key allows, nor more
 * than its user holds now. Roles and who holds them stay as they are until the caller's transaction ends, so whoever
 * takes a role from the giver comes either before the gift, which is then refused, or after it.
 */
export async function missingScopes(client: PoolClient, viewer: Viewer, wanted: readonly string[]): Promise<string[]> {
  if (viewer.kind === 'anonymous') return [...wanted];
  const { rows } = await client.query<{ scopes: string[] }>(
    `select roles.scopes from users join user_roles held on held.user_id = users.id join roles on roles.id = held.role_id
     where users.id = $1 and users.status = 'ACTIVE' order by roles.id for share`,
    [viewer.userId],
  );
  const held = rows.flatMap(({ scopes }) => scopes);
  const beyond = new Set(scopesBeyond(viewer, [{ scopes: wanted }]));
  return wanted.filter((scope) => beyond.has(scope) || !held.some((mine) => scopeCovers(mine, scope))).sort();
}
