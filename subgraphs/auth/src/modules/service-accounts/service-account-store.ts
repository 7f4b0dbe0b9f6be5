import type { Viewer } from '@flowmesh/platform/access';
import { prismaKeyset, type Keyset } from '@flowmesh/platform/connections';
import { containedIn, inTransaction, isUniqueViolation } from '@flowmesh/platform/database';
import type { Prisma, PrismaClient } from '@flowmesh/prisma/auth';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { missingScopes } from '../roles/grant-store.ts';
import { refuseChange, type HolderRefusal } from '../roles/holder-guard.ts';
import { userReactivated, userSuspended } from '../user-changes/user-change-events.ts';
import { buryUser } from '../users/deleted-users.ts';
import type {
  CreateServiceAccountValues,
  ServiceAccountFilterValues,
  UpdateServiceAccountValues,
} from './service-account-input.ts';
import type { ServiceAccountRecord } from './service-account-record.ts';
import { isAwake } from './sleeping-accounts.ts';

export type Refusal = HolderRefusal | { readonly kind: 'changed meanwhile' | 'name taken' | 'no owner' };

/** The viewer who makes the change, and its audit entry. */
export interface ServiceAccountChange {
  readonly viewer: Viewer;
  readonly audit: (details: Readonly<Record<string, unknown>>) => NewAuditLog;
}

const SELECT = {
  id: true,
  username: true,
  usernameKey: true,
  status: true,
  createdAt: true,
  updatedAt: true,
  serviceAccount: { select: { description: true, ownerId: true, version: true } },
} as const satisfies Prisma.UserSelect;

type Row = Prisma.UserGetPayload<{ select: typeof SELECT }>;

function toRecord({ username: name, serviceAccount, ...user }: Row): ServiceAccountRecord {
  if (!serviceAccount) throw new Error(`service account ${user.id} is not complete`);
  return { ...user, name, ...serviceAccount };
}

function toWhere({ search, status, ownerId, role }: ServiceAccountFilterValues): Prisma.UserWhereInput {
  return {
    kind: 'SERVICE_ACCOUNT',
    ...(search && {
      OR: [
        ...containedIn(['username'], search),
        ...containedIn(['description'], search).map((serviceAccount) => ({ serviceAccount })),
      ],
    }),
    ...(status && { status }),
    ...(ownerId && { serviceAccount: { ownerId } }),
    ...(role && { roles: { some: { role: { name: role } } } }),
  };
}

/** Service accounts are rows of `users`, so that roles and ownership work as for people. */
export class ServiceAccountStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
  ) {}

  async findMany(ids: readonly string[]): Promise<ServiceAccountRecord[]> {
    const where: Prisma.UserWhereInput = { kind: 'SERVICE_ACCOUNT', id: { in: [...ids] } };
    return (await this.prisma.user.findMany({ where, select: SELECT })).map(toRecord);
  }

  async page(filter: ServiceAccountFilterValues, keyset: Keyset): Promise<ServiceAccountRecord[]> {
    const { where, ...order } = prismaKeyset(keyset);
    const query = { where: { AND: [toWhere(filter), where] }, ...order, select: SELECT };
    return (await this.prisma.user.findMany(query)).map(toRecord);
  }

  count(filter: ServiceAccountFilterValues): Promise<number> {
    return this.prisma.user.count({ where: toWhere(filter) });
  }

  /** Creates it with roles whose scopes the viewer holds now. Null if it was created. */
  create(
    id: string,
    { name, description }: CreateServiceAccountValues,
    roleIds: readonly string[],
    { viewer, audit }: ServiceAccountChange,
  ): Promise<Refusal | null> {
    return inTransaction(this.pool, async (client) => {
      const { rows: roles } = await client.query<{ name: string; scopes: string[] }>(
        'select name, scopes from roles where id = any($1) order by id for share',
        [roleIds],
      );
      const wanted = roles.flatMap(({ scopes }) => scopes);
      const missing = await missingScopes(client, viewer, [...new Set(wanted)]);
      if (missing.length > 0) return { kind: 'beyond', missingScopes: missing };
      const { rowCount } = await client.query(
        `insert into users (id, kind, username, username_key) values ($1, 'SERVICE_ACCOUNT', $2, lower($2))
         on conflict (username_key) do nothing`,
        [id, name],
      );
      if (rowCount === 0) return { kind: 'name taken' };
      const ownerId = viewer.kind === 'anonymous' ? null : viewer.userId;
      await client.query('insert into service_accounts (user_id, description, owner_id) values ($1, $2, $3)', [
        id,
        description,
        ownerId,
      ]);
      await client.query(
        'insert into user_roles (user_id, role_id, granted_by) select $1, role_id, $3 from unnest($2::text[]) as role_id',
        [id, roleIds, ownerId],
      );
      await appendAudit(client, [audit({ name, roles: roles.map((role) => role.name) })]);
      return null;
    });
  }

  /** Changes it, unless it was changed concurrently or the viewer lacks one of its scopes. Null if it was changed. */
  async update(values: UpdateServiceAccountValues, change: ServiceAccountChange): Promise<Refusal | null> {
    const { id, expectedVersion, name, description, status, ownerId } = values;
    try {
      return await inTransaction(this.pool, async (client) => {
        const refusal = await refuseChange(client, {
          id,
          kind: 'SERVICE_ACCOUNT',
          viewer: change.viewer,
          ends: status === 'SUSPENDED',
        });
        if (refusal) return refusal;
        if (ownerId !== undefined && !(await isPerson(client, ownerId))) return { kind: 'no owner' };
        const wasAwake = await isAwake(client, id);
        const { rowCount } = await client.query(
          `update service_accounts set description = coalesce($3, description), owner_id = coalesce($4, owner_id),
             version = version + 1
           where user_id = $1 and version = $2`,
          [id, expectedVersion, description, ownerId],
        );
        if (rowCount === 0) return { kind: 'changed meanwhile' };
        await client.query(
          `update users set username = coalesce($2, username), username_key = lower(coalesce($2, username)),
             status = coalesce($3::user_status, status), updated_at = now()
           where id = $1`,
          [id, name, status],
        );
        const awake = await isAwake(client, id);
        if (awake !== wasAwake) await appendEvents(client, [awake ? userReactivated(id) : userSuspended(id)]);
        await appendAudit(client, [change.audit({ name, description, status, ownerId })]);
        return null;
      });
    } catch (error) {
      if (isUniqueViolation(error, 'users_username_key_key')) return { kind: 'name taken' };
      throw error;
    }
  }

  /** Removes it with its keys, unless the viewer lacks one of its scopes. Null if it was removed. */
  remove(id: string, { viewer, audit }: ServiceAccountChange): Promise<Refusal | null> {
    return inTransaction(this.pool, async (client) => {
      const refusal = await refuseChange(client, { id, kind: 'SERVICE_ACCOUNT', viewer, ends: true });
      if (refusal) return refusal;
      const { rows } = await client.query<{ name: string }>('select username as name from users where id = $1', [id]);
      await buryUser(client, id);
      await appendAudit(client, [audit({ name: rows[0]?.name })]);
      return null;
    });
  }
}

async function isPerson(client: PoolClient, id: string): Promise<boolean> {
  const sql = `select 1 from users where id = $1 and kind = 'PERSON' for key share`;
  return (await client.query(sql, [id])).rowCount === 1;
}
