import type { Viewer } from '@flowmesh/platform/access';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { missingScopes } from './grant-store.ts';
import type { RoleRecord } from './role-record.ts';
import { ADMIN_ROLE } from './system-roles.ts';

export interface AssignmentChange {
  readonly userId: string;
  readonly role: Pick<RoleRecord, 'id' | 'name'>;
  /** Who changes it. */
  readonly viewer: Viewer;
  /** Appended when something changes. */
  readonly event: NewEvent;
  /** Written when something changes. */
  readonly audit: NewAuditLog;
}

export type AssignmentOutcome =
  | { readonly kind: 'changed' | 'unchanged' | 'last administrator' | 'role gone' }
  | { readonly kind: 'beyond'; readonly missingScopes: string[] };

/** Who holds which role. */
export class AssignmentStore {
  constructor(private readonly pool: Pool) {}

  /** Gives the role; changes nothing when it is held already or there is no such user. */
  assign(change: AssignmentChange): Promise<AssignmentOutcome> {
    const { userId, role, viewer, event, audit } = change;
    return inTransaction(this.pool, async (client) => {
      const refusal = await refuse(client, change, 'for share');
      if (refusal) return refusal;
      const { rowCount } = await client.query(
        `insert into user_roles (user_id, role_id, granted_by) select id, $2, $3 from users where id = $1
         on conflict do nothing`,
        [userId, role.id, viewer.kind === 'anonymous' ? null : viewer.userId],
      );
      if (rowCount === 0) return { kind: 'unchanged' };
      await appendEvents(client, [event]);
      await appendAudit(client, [audit]);
      return { kind: 'changed' };
    });
  }

  /**
   * Takes the role away, unless it is the one of administrators and no other active user holds it. Whoever takes that
   * role away, or makes a holder inactive, must hold the lock on its row: two cannot take it from each other.
   */
  revoke(change: AssignmentChange): Promise<AssignmentOutcome> {
    const { userId, role, event, audit } = change;
    return inTransaction(this.pool, async (client) => {
      const isAdmin = role.name === ADMIN_ROLE;
      const refusal = await refuse(client, change, isAdmin ? 'for no key update' : 'for share');
      if (refusal) return refusal;
      const { rowCount } = await client.query(
        `delete from user_roles where user_id = $1 and role_id = $2 and (not $3 or exists (
           select 1 from user_roles other join users on users.id = other.user_id
           where other.role_id = $2 and other.user_id <> $1 and users.status = 'ACTIVE'))`,
        [userId, role.id, isAdmin],
      );
      if (rowCount === 1) {
        await appendEvents(client, [event]);
        await appendAudit(client, [audit]);
        return { kind: 'changed' };
      }
      const held = await client.query('select 1 from user_roles where user_id = $1 and role_id = $2', [
        userId,
        role.id,
      ]);
      return { kind: held.rowCount === 0 ? 'unchanged' : 'last administrator' };
    });
  }
}

/** Locks the role as it is now; why the viewer may not hand it around, or null. */
async function refuse(
  client: PoolClient,
  { role, viewer }: AssignmentChange,
  lock: 'for share' | 'for no key update',
): Promise<AssignmentOutcome | null> {
  const { rows } = await client.query<{ scopes: string[] }>(`select scopes from roles where id = $1 ${lock}`, [
    role.id,
  ]);
  if (!rows[0]) return { kind: 'role gone' };
  const missing = await missingScopes(client, viewer, rows[0].scopes);
  return missing.length > 0 ? { kind: 'beyond', missingScopes: missing } : null;
}
