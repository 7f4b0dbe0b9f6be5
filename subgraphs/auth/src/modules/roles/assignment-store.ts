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
  /** Who changes it. */
  readonly viewer: Viewer;
  /** Appended when something changes. */
  readonly event: NewEvent;
  /** Written when something changes. */
  readonly audit: NewAuditLog;
}

/** How the viewer vouches for an address that somebody else gave the user. */
export interface Voucher {
  readonly email: string;
  readonly token: MailToken;
  /** Brings the token. */
  readonly mail: MailContent;
  readonly audit: NewAuditLog;
}

export type AssignmentOutcome =
  | { readonly kind: 'changed' | 'unchanged' | 'last administrator' | 'role gone' | 'another address' }
  | { readonly kind: 'given by others'; readonly addresses: readonly GivenAddress[] }
  | { readonly kind: 'beyond'; readonly missingScopes: string[] };

/** Who holds which role. */
export class AssignmentStore {
  constructor(
    private readonly pool: Pool,
    private readonly mailer: Mailer,
  ) {}

  /**
   * Gives the role; changes nothing when it is held already or there is no such user. Who is allowed more by it has an
   * address that nobody gave who may not do as much, unless the viewer vouches for it; and no link that was mailed before.
   */
  assign(change: AssignmentChange, voucher: Voucher | null): Promise<AssignmentOutcome> {
    const { userId, role, viewer, event, audit } = change;
    return inTransaction(this.pool, async (client) => {
      const permitted = await lockRole(client, change, 'for share');
      if ('kind' in permitted) return permitted;
      // Nobody gives the user another address meanwhile.
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
   * Takes the role away, unless it is the one of administrators and no other active user holds it. Whoever takes that
   * role away, or makes a holder inactive, must hold the lock on its row: two cannot take it from each other.
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

  /** Makes void all that whoever gave the address may have come in by; the person chooses another password. */
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

/** Whether the user would be allowed more by these scopes. */
async function gains(client: PoolClient, userId: string, scopes: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ scopes: string[] }>(
    'select scopes from roles join user_roles held on held.role_id = roles.id where held.user_id = $1',
    [userId],
  );
  const held = rows.flatMap((role) => role.scopes);
  return scopes.some((scope) => !held.some((mine) => scopeCovers(mine, scope)));
}

/** Locks the role as it is now; its scopes, or why the viewer may not hand it around. */
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
