import { scopeCovers, type Viewer } from '@flowmesh/platform/access';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents, type NewEvent } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { MailContent, Mailer } from '../../mails/index.ts';
import type { MailToken } from '../accounts/mail-token.ts';
import { addResetToken } from '../accounts/mail-token-store.ts';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { endSessions } from '../sessions/session-store.ts';
import { addressesBeyondGiver, voidMailedLinks, vouchForAddress, type GivenAddress } from './given-addresses.ts';
import { missingScopes } from './grant-store.ts';
import type { RoleRecord } from './role-record.ts';
import { ADMIN_ROLE } from './system-roles.ts';

export interface AssignmentChange {
  readonly userId: string;
  readonly role: Pick<RoleRecord, 'id' | 'name'>;
  /** The viewer who makes the change. */
  readonly viewer: Viewer;
  /** The event, appended if something changes. */
  readonly event: NewEvent;
  /** The audit entry, written if something changes. */
  readonly audit: NewAuditLog;
}

/** The viewer's confirmation of an address that somebody else gave the user. */
export interface Voucher {
  readonly email: string;
  readonly token: MailToken;
  /** The mail with the token. */
  readonly mail: MailContent;
  readonly audit: NewAuditLog;
}

export type AssignmentOutcome =
  | { readonly kind: 'changed' | 'unchanged' | 'last administrator' | 'role gone' | 'another address' }
  | { readonly kind: 'given by others'; readonly addresses: readonly GivenAddress[] }
  | { readonly kind: 'beyond'; readonly missingScopes: string[] };

/** The assignments of roles to users. */
export class AssignmentStore {
  constructor(
    private readonly pool: Pool,
    private readonly mailer: Mailer,
  ) {}

  /**
   * Assigns the role; changes nothing if the user already has it or does not exist. If it gives the user more rights,
   * nobody with fewer rights may have supplied their address, unless the viewer confirms it; and links mailed before
   * become void.
   */
  assign(change: AssignmentChange, voucher: Voucher | null): Promise<AssignmentOutcome> {
    const { userId, role, viewer, event, audit } = change;
    return inTransaction(this.pool, async (client) => {
      const permitted = await lockRole(client, change, 'for share');
      if ('kind' in permitted) return permitted;
      // Prevents that somebody changes the user's address in the meantime.
      const users = await client.query<{ email: string | null }>(
        'select email from users where id = $1 for no key update',
        [userId],
      );
      if (voucher && users.rows[0]?.email !== voucher.email) return { kind: 'another address' };
      const addresses = voucher ? [] : await addressesBeyondGiver(client, [userId], permitted.scopes);
      if (addresses.length > 0) return { kind: 'given by others', addresses };
      if (await gains(client, userId, permitted.scopes)) await voidMailedLinks(client, [userId]);
      if (voucher) await this.vouch(client, change, voucher);
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
   * Revokes the role, unless it is that of administrators and no other active user has it. Revoking that role, or
   * making a holder inactive, requires the lock on its row, so that two administrators cannot revoke it from each other
   * concurrently.
   */
  revoke(change: AssignmentChange): Promise<AssignmentOutcome> {
    const { userId, role, event, audit } = change;
    return inTransaction(this.pool, async (client) => {
      const isAdmin = role.name === ADMIN_ROLE;
      const permitted = await lockRole(client, change, isAdmin ? 'for no key update' : 'for share');
      if ('kind' in permitted) return permitted;
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

  /**
   * Voids all credentials that the giver of the address may have obtained through it; the user chooses another
   * password.
   */
  private async vouch(client: PoolClient, { userId, viewer }: AssignmentChange, voucher: Voucher): Promise<void> {
    if (viewer.kind === 'anonymous') return;
    const { email, token, mail, audit } = voucher;
    const giver = { id: viewer.userId, scopes: viewer.scopes };
    if (!(await vouchForAddress(client, { userId, email }, giver))) return;
    await client.query(
      'update users set password_hash = null, password_expires_at = null, auth0_id = null, updated_at = now() where id = $1',
      [userId],
    );
    await endSessions(client, { userId, except: null }, 'ADDRESS_VOUCHED_FOR');
    await voidMailedLinks(client, [userId]);
    await addResetToken(client, token.hash, userId, 'invitation');
    await this.mailer.enqueue(client, email, mail);
    await appendAudit(client, [audit]);
  }
}

/** Whether these scopes give the user more rights. */
async function gains(client: PoolClient, userId: string, scopes: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ scopes: string[] }>(
    'select scopes from roles join user_roles held on held.role_id = roles.id where held.user_id = $1',
    [userId],
  );
  const held = rows.flatMap((role) => role.scopes);
  return scopes.some((scope) => !held.some((mine) => scopeCovers(mine, scope)));
}

/** Locks the role; returns its scopes, or why the viewer may not assign or revoke it. */
async function lockRole(
  client: PoolClient,
  { role, viewer }: AssignmentChange,
  lock: 'for share' | 'for no key update',
): Promise<AssignmentOutcome | { readonly scopes: readonly string[] }> {
  const { rows } = await client.query<{ scopes: string[] }>(`select scopes from roles where id = $1 ${lock}`, [
    role.id,
  ]);
  if (!rows[0]) return { kind: 'role gone' };
  const missing = await missingScopes(client, viewer, rows[0].scopes);
  return missing.length > 0 ? { kind: 'beyond', missingScopes: missing } : { scopes: rows[0].scopes };
}
