import { scopeCovers, type Viewer } from '@flowmesh/platform/access';
import type { PoolClient } from 'pg';
import { missingScopes, scopesNotHeld } from './grant-store.ts';
import { ADMIN_ROLE } from './system-roles.ts';

export interface HolderChange {
  readonly id: string;
  readonly kind: 'PERSON' | 'SERVICE_ACCOUNT';
  readonly viewer: Viewer;
  /** The change makes the holder inactive. */
  readonly ends: boolean;
}

export type HolderRefusal =
  { readonly kind: 'gone' | 'last administrator' } | { readonly kind: 'beyond'; readonly missingScopes: string[] };

/**
 * Locks a user or service account; returns why the viewer may not change them, or null. Whoever changes somebody can
 * act as them, so the viewer needs all their scopes. Making an administrator inactive requires the lock on the
 * administrators' role, because one active administrator must remain.
 */
export async function refuseChange(
  client: PoolClient,
  { id, kind, viewer, ends }: HolderChange,
): Promise<HolderRefusal | null> {
  if (ends) await client.query('select 1 from roles where name = $1 for no key update', [ADMIN_ROLE]);
  const { rowCount } = await client.query(
    'select 1 from users where id = $1 and kind = $2::user_kind for no key update',
    [id, kind],
  );
  if (rowCount === 0) return { kind: 'gone' };
  const { rows } = await client.query<{ name: string; scopes: string[] }>(
    `select name, scopes from roles join user_roles held on held.role_id = roles.id where held.user_id = $1
     order by roles.id for share`,
    [id],
  );
  const isSelf = viewer.kind === 'user' && viewer.userId === id;
  const wanted = new Set(rows.flatMap(({ scopes }) => scopes));
  const missing = isSelf ? [] : await missingScopes(client, viewer, [...wanted]);
  if (missing.length > 0) return { kind: 'beyond', missingScopes: missing };
  if (!ends || !rows.some(({ name }) => name === ADMIN_ROLE)) return null;
  const others = await client.query(
    `select 1 from user_roles held join roles on roles.id = held.role_id join users on users.id = held.user_id
     where roles.name = $1 and users.id <> $2 and users.status = 'ACTIVE' limit 1`,
    [ADMIN_ROLE, id],
  );
  return others.rowCount === 0 ? { kind: 'last administrator' } : null;
}

const ADMINISTER = 'user:write-any';

/**
 * The scopes that the requester of an earlier change lacks when it takes effect: they need all current scopes of the
 * user and the right to administer users, both then and now. The user must be locked.
 */
export async function scopesBeyondRequester(
  client: PoolClient,
  requester: { readonly id: string; readonly scopes: readonly string[] },
  userId: string,
): Promise<string[]> {
  const { rows } = await client.query<{ scopes: string[] }>(
    `select scopes from roles join user_roles held on held.role_id = roles.id where held.user_id = $1
     order by roles.id for share`,
    [userId],
  );
  const wanted = [...new Set([ADMINISTER, ...rows.flatMap(({ scopes }) => scopes)])];
  const beyondThen = wanted.filter((scope) => !requester.scopes.some((held) => scopeCovers(held, scope)));
  return [...new Set([...beyondThen, ...(await scopesNotHeld(client, requester.id, wanted))])].sort();
}
