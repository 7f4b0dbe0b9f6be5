import type { Viewer } from '@flowmesh/platform/access';
import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { containedIn, inTransaction, isUniqueViolation } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import type { Prisma, PrismaClient } from '@flowmesh/prisma/auth';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { addressesBeyondGiver, voidMailedLinks, type GivenAddress } from './given-addresses.ts';
import { missingScopes } from './grant-store.ts';
import { roleCreated, roleDeleted, roleRevoked, roleUpdated } from './role-events.ts';
import type { CreateRoleValues, RoleFilterValues, UpdateRoleValues } from './role-input.ts';
import type { RoleRecord } from './role-record.ts';
import type { SystemRole } from './system-roles.ts';

/** The viewer who changes a role, and the audit entry, which depends on the result of the change. */
export interface RoleChange {
  readonly viewer: Viewer;
  readonly audit: (details: Readonly<Record<string, unknown>>) => NewAuditLog;
}

export interface RoleRemoval extends RoleChange {
  readonly id: string;
  readonly evenIfHeld: boolean;
  readonly auditOfHolder: (userId: string, role: string) => NewAuditLog;
}

/** The new role, or why it was not created. */
export type RoleCreationOutcome =
  | { readonly kind: 'done'; readonly role: RoleRecord }
  | { readonly kind: 'beyond'; readonly missingScopes: string[] }
  | { readonly kind: 'name taken' };

/** The role after the change, or why it was not made. */
export type RoleChangeOutcome =
  | RoleCreationOutcome
  | { readonly kind: 'gone' | 'system' | 'changed meanwhile' }
  | { readonly kind: 'given by others'; readonly addresses: readonly GivenAddress[] };

export type RoleRemovalOutcome =
  | { readonly kind: 'done' | 'held'; readonly holderCount: number }
  | { readonly kind: 'beyond'; readonly missingScopes: string[] }
  | { readonly kind: 'gone' | 'system' };

const COLUMNS =
  'id, name, description, scopes, is_system as "isSystem", version, created_at as "createdAt", updated_at as "updatedAt"';

function toWhere({ search, isSystem, allows }: RoleFilterValues): Prisma.RoleWhereInput {
  return {
    ...(search && { OR: containedIn(['name', 'description'], search) }),
    ...(isSystem != null && { isSystem }),
    ...(allows && { scopes: { hasSome: covering(allows) } }),
  };
}

/** Every scope that covers this one. */
function covering(scope: string): string[] {
  const [resource, action] = scope.split(':');
  return [scope, `${resource}:*`, `*:${action}`, '*:*', '*'];
}

/** Roles, their scopes and holders. */
export class RoleStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
  ) {}

  /** Updates the system roles to this version; any number of processes may do so concurrently. */
  async seed(roles: readonly SystemRole[]): Promise<void> {
    const rows = roles.map((role) => ({ id: newId(), ...role }));
    await this.pool.query(
      `insert into roles (id, name, description, scopes, is_system)
       select r.id, r.name, r.description, array(select jsonb_array_elements_text(r.scopes)), true
       from jsonb_to_recordset($1::jsonb) as r(id text, name text, description text, scopes jsonb)
       order by r.name
       on conflict (name) do update
         set description = excluded.description, scopes = excluded.scopes, is_system = true, updated_at = now()
         where (roles.description, roles.scopes, roles.is_system)
           is distinct from (excluded.description, excluded.scopes, true)`,
      [JSON.stringify(rows)],
    );
  }

  page(filter: RoleFilterValues, keyset: Keyset): Promise<RoleRecord[]> {
    const { where, ...order } = prismaKeyset(keyset);
    return this.prisma.role.findMany({ where: { AND: [toWhere(filter), where] }, ...order });
  }

  count(filter: RoleFilterValues): Promise<number> {
    return this.prisma.role.count({ where: toWhere(filter) });
  }

  findMany(ids: readonly string[]): Promise<RoleRecord[]> {
    return this.prisma.role.findMany({ where: { id: { in: [...ids] } } });
  }

  findNamed(names: readonly string[]): Promise<RoleRecord[]> {
    return this.prisma.role.findMany({ where: { name: { in: [...names] } } });
  }

  /** Roles of each of these users, by name. */
  async rolesOfUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, RoleRecord[]>> {
    const rows = await this.prisma.userRole.findMany({
      where: { userId: { in: [...userIds] } },
      select: { userId: true, role: true },
      orderBy: { role: { name: 'asc' } },
    });
    const byUser = new Map<string, RoleRecord[]>();
    for (const { userId, role } of rows) byUser.set(userId, [...(byUser.get(userId) ?? []), role]);
    return byUser;
  }

  /** The number of holders of each of these roles, including 0. */
  async holderCounts(roleIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.pool.query<{ id: string; count: number }>(
      'select role_id as id, count(*)::int as count from user_roles where role_id = any($1) group by role_id',
      [roleIds],
    );
    return new Map(rows.map(({ id, count }) => [id, count]));
  }

  /** Creates a role, unless its name is taken or the viewer may not grant its scopes. */
  create(
    id: string,
    { name, description, scopes }: CreateRoleValues,
    change: RoleChange,
  ): Promise<RoleCreationOutcome> {
    return inTransaction(this.pool, async (client) => {
      const missing = await missingScopes(client, change.viewer, scopes);
      if (missing.length > 0) return { kind: 'beyond', missingScopes: missing };
      const { rows } = await client.query<RoleRecord>(
        `insert into roles (id, name, description, scopes) values ($1, $2, $3, $4)
         on conflict (name) do nothing returning ${COLUMNS}`,
        [id, name, description, scopes],
      );
      const [role] = rows;
      if (!role) return { kind: 'name taken' };
      await appendEvents(client, [roleCreated(role)]);
      await appendAudit(client, [change.audit({ name, scopes })]);
      return { kind: 'done', role };
    });
  }

  /** Changes a role whose scopes the viewer holds before and after, unless it was changed concurrently. */
  async update(values: UpdateRoleValues, change: RoleChange): Promise<RoleChangeOutcome> {
    try {
      return await inTransaction(this.pool, (client) => this.updateWithin(client, values, change));
    } catch (error) {
      if (isUniqueViolation(error, 'roles_name_key')) return { kind: 'name taken' };
      throw error;
    }
  }

  /** Removes a role whose scopes the viewer holds; a role with holders only if requested. */
  remove({ id, evenIfHeld, viewer, audit, auditOfHolder }: RoleRemoval): Promise<RoleRemovalOutcome> {
    return inTransaction(this.pool, async (client) => {
      const role = await lockRole(client, id);
      if (!role) return { kind: 'gone' };
      if (role.isSystem) return { kind: 'system' };
      const missing = await missingScopes(client, viewer, role.scopes);
      if (missing.length > 0) return { kind: 'beyond', missingScopes: missing };
      // The lock prevents that the role is assigned in the meantime.
      const { rows: holders } = await client.query<{ userId: string }>(
        'select user_id as "userId" from user_roles where role_id = $1 order by user_id',
        [id],
      );
      if (holders.length > 0 && !evenIfHeld) return { kind: 'held', holderCount: holders.length };
      await client.query('delete from roles where id = $1', [id]);
      const { name, scopes } = role;
      const actorId = viewer.kind === 'anonymous' ? null : viewer.userId;
      const revoked = holders.map(({ userId }) => roleRevoked({ userId, role: name, actorId }));
      await appendEvents(client, [...revoked, roleDeleted(role)]);
      const logs = holders.map(({ userId }) => auditOfHolder(userId, name));
      await appendAudit(client, [...logs, audit({ name, scopes, holders: holders.length })]);
      return { kind: 'done', holderCount: holders.length };
    });
  }

  private async updateWithin(
    client: PoolClient,
    { id, expectedVersion, ...values }: UpdateRoleValues,
    { viewer, audit }: RoleChange,
  ): Promise<RoleChangeOutcome> {
    const before = await lockRole(client, id);
    if (!before) return { kind: 'gone' };
    if (before.isSystem) return { kind: 'system' };
    if (before.version !== expectedVersion) return { kind: 'changed meanwhile' };
    const { name = before.name, description = before.description, scopes = before.scopes } = values;
    const missing = await missingScopes(client, viewer, [...new Set([...before.scopes, ...scopes])]);
    if (missing.length > 0) return { kind: 'beyond', missingScopes: missing };
    const added = scopes.filter((scope) => !before.scopes.includes(scope));
    const addresses = await promoteHolders(client, id, added);
    if (addresses.length > 0) return { kind: 'given by others', addresses };
    const { rows } = await client.query<RoleRecord>(
      `update roles set name = $2, description = $3, scopes = $4, version = version + 1, updated_at = now()
       where id = $1 returning ${COLUMNS}`,
      [id, name, description, scopes],
    );
    const [role] = rows;
    if (!role) throw new Error('a locked role is gone');
    await appendEvents(client, [roleUpdated(role)]);
    const removed = before.scopes.filter((scope) => !scopes.includes(scope));
    await appendAudit(client, [audit({ name, ...(name !== before.name && { was: before.name }), added, removed })]);
    return { kind: 'done', role };
  }
}

/**
 * Before a locked role gets more scopes: voids links mailed to its holders, or returns the holders whose address was
 * supplied by somebody with fewer rights.
 */
async function promoteHolders(client: PoolClient, roleId: string, added: readonly string[]): Promise<GivenAddress[]> {
  if (added.length === 0) return [];
  const { rows } = await client.query<{ id: string }>('select user_id as id from user_roles where role_id = $1', [
    roleId,
  ]);
  const ids = rows.map(({ id }) => id);
  const addresses = await addressesBeyondGiver(client, ids, added);
  if (addresses.length === 0) await voidMailedLinks(client, ids);
  return addresses;
}

async function lockRole(client: PoolClient, id: string): Promise<RoleRecord | null> {
  const { rows } = await client.query<RoleRecord>(`select ${COLUMNS} from roles where id = $1 for update`, [id]);
  return rows[0] ?? null;
}
