import type { KeysetQuery } from '@flowmesh/platform/connections';
import { inTransaction, prismaAdapter } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import { PrismaClient } from '@flowmesh/prisma/auth';
import type { Pool } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import type { RoleRecord } from './role-record.ts';
import { ADMIN_ROLE, type SystemRole } from './system-roles.ts';

export interface RoleChange {
  readonly userId: string;
  readonly role: Pick<RoleRecord, 'id' | 'name'>;
  /** Who changes it. */
  readonly actorId: string | null;
  /** Appended when something changes. */
  readonly event: NewEvent;
  /** Written when something changes. */
  readonly audit: NewAuditLog;
}

/** Roles and who holds them. */
export class RoleStore {
  private readonly prisma: PrismaClient;

  constructor(private readonly pool: Pool) {
    this.prisma = new PrismaClient({ adapter: prismaAdapter(pool) });
  }

  /** Brings the system roles to what they are in this version; any number of processes may do so at the same time. */
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

  page({ where, orderBy, take }: KeysetQuery): Promise<RoleRecord[]> {
    return this.prisma.role.findMany({ where, orderBy, take });
  }

  count(): Promise<number> {
    return this.prisma.role.count();
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

  /** Gives the role; changes nothing when it is held already or there is no such user. */
  async assign({ userId, role, actorId, event, audit }: RoleChange): Promise<'assigned' | 'unchanged'> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `insert into user_roles (user_id, role_id, granted_by) select id, $2, $3 from users where id = $1
         on conflict do nothing`,
        [userId, role.id, actorId],
      );
      if (rowCount === 0) return 'unchanged';
      await appendEvents(client, [event]);
      await appendAudit(client, [audit]);
      return 'assigned';
    });
  }

  /**
   * Takes the role away, unless it is the one of administrators and no other active user holds it. Whoever takes that
   * role away, or makes a holder inactive, must hold the lock on its row: two cannot take it from each other.
   */
  async revoke({ userId, role, event, audit }: RoleChange): Promise<'revoked' | 'unchanged' | 'last administrator'> {
    return inTransaction(this.pool, async (client) => {
      const isAdmin = role.name === ADMIN_ROLE;
      if (isAdmin) await client.query('select 1 from roles where id = $1 for no key update', [role.id]);
      const { rowCount } = await client.query(
        `delete from user_roles where user_id = $1 and role_id = $2 and (not $3 or exists (
           select 1 from user_roles other join users on users.id = other.user_id
           where other.role_id = $2 and other.user_id <> $1 and users.status = 'ACTIVE'))`,
        [userId, role.id, isAdmin],
      );
      if (rowCount === 1) {
        await appendEvents(client, [event]);
        await appendAudit(client, [audit]);
        return 'revoked';
      }
      const held = await client.query('select 1 from user_roles where user_id = $1 and role_id = $2', [
        userId,
        role.id,
      ]);
      return held.rowCount === 0 ? 'unchanged' : 'last administrator';
    });
  }
}
