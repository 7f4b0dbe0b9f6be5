import { intersectScopes, type ApiKeyState, type Viewer } from '@flowmesh/platform/access';
import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { missingScopes, scopesNotHeld } from '../roles/grant-store.ts';
import { ownerSuspendedSql } from '../service-accounts/sleeping-accounts.ts';
import { conditionSql } from './api-key-query.ts';
import type { ApiKeyQuery, ApiKeyRecord } from './api-key-record.ts';

/** The most valid keys of one owner. */
export const MAX_KEYS = 50;

const COLUMNS = `k.id, k.user_id as "ownerId", k.name, k.prefix, k.scopes, k.created_by_id as "createdById",
  k.created_at as "createdAt", k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt",
  case when k.revoked_at is not null then 'REVOKED' when k.expires_at <= now() then 'EXPIRED' else 'ACTIVE' end as status,
  (select kind = 'SERVICE_ACCOUNT' from users where id = k.user_id) as "ofServiceAccount"`;

export interface ApiKeyCreation {
  readonly id: string;
  readonly ownerId: string;
  readonly ownerKind: 'PERSON' | 'SERVICE_ACCOUNT';
  readonly name: string;
  readonly prefix: string;
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
  /** The creator. */
  readonly viewer: Viewer;
  readonly audit: NewAuditLog;
}

export type ApiKeyCreationOutcome =
  | { readonly kind: 'created'; readonly apiKey: ApiKeyRecord }
  | { readonly kind: 'no owner' | 'too many' }
  | { readonly kind: 'beyond'; readonly missingScopes: string[] };

/** API keys; only their hashes are stored. */
export class ApiKeyStore {
  readonly list: SqlList<ApiKeyRecord, ApiKeyQuery, 'createdAt' | 'expiresAt' | 'lastUsedAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'api_keys k',
      where: conditionSql,
      orderColumns: { createdAt: 'k.created_at', expiresAt: 'k.expires_at', lastUsedAt: 'k.last_used_at' },
      idColumn: 'k.id',
    });
  }

  async findMany(ids: readonly string[]): Promise<ApiKeyRecord[]> {
    const sql = `select ${COLUMNS} from api_keys k where k.id = any($1)`;
    return (await this.pool.query<ApiKeyRecord>(sql, [ids])).rows;
  }

  /** Creates a key with scopes that both its creator and its owner hold now. */
  create(key: ApiKeyCreation): Promise<ApiKeyCreationOutcome> {
    const { id, ownerId, ownerKind, name, prefix, hash, scopes, expiresAt, viewer, audit } = key;
    return inTransaction(this.pool, async (client) => {
      // The lock serialises the count of keys among concurrent creators.
      const { rowCount } = await client.query(
        `select 1 from users where id = $1 and kind = $2::user_kind and status = 'ACTIVE' for no key update`,
        [ownerId, ownerKind],
      );
      if (rowCount === 0) return { kind: 'no owner' };
      const ownerLacks = await scopesNotHeld(client, ownerId, scopes);
      const missing = [...new Set([...(await missingScopes(client, viewer, scopes)), ...ownerLacks])].sort();
      if (missing.length > 0) return { kind: 'beyond', missingScopes: missing };
      const { rows } = await client.query<ApiKeyRecord>(
        `insert into api_keys as k (id, user_id, name, prefix, key_hash, scopes, expires_at, created_by_id)
         select $1, $2, $3, $4, $5, $6, $7, $8 where (
           select count(*) from api_keys where user_id = $2 and revoked_at is null and expires_at > now()) < $9
         returning ${COLUMNS}`,
        [id, ownerId, name, prefix, hash, scopes, expiresAt, makerOf(viewer), MAX_KEYS],
      );
      const [apiKey] = rows;
      if (!apiKey) return { kind: 'too many' };
      await appendAudit(client, [audit]);
      return { kind: 'created', apiKey };
    });
  }

  /** Revokes a key; changes nothing if it is already revoked. */
  revoke(id: string, audit: NewAuditLog): Promise<void> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        'update api_keys set revoked_at = now() where id = $1 and revoked_at is null',
        [id],
      );
      if (rowCount === 1) await appendAudit(client, [audit]);
    });
  }

  /** The owner of each of these keys, and what the key may do now. Records the use, at most once a minute. */
  async states(hashes: readonly string[]): Promise<(NotedState | null)[]> {
    const { rows } = await this.pool.query<StateRow>(
      `with used as (
         update api_keys set last_used_at = now() where id in (
           select id from api_keys
           where key_hash = any($1) and revoked_at is null and expires_at > now()
             and (last_used_at is null or last_used_at < now() - interval '1 minute')
           for no key update skip locked) returning id)
       select k.key_hash as hash, k.id in (select id from used) as noted, k.id as "keyId", k.user_id as "userId",
         extract(epoch from k.expires_at)::float8 as "expiresAt",
         case users.kind when 'PERSON' then 'user' else 'service-account' end as principal, k.scopes as "keyScopes",
         array(select distinct scope from user_roles h join roles on roles.id = h.role_id, unnest(roles.scopes) as scope
           where h.user_id = k.user_id) as held,
         array(select role_id from user_roles where user_id = k.user_id order by role_id) as "roleIds"
       from api_keys k join users on users.id = k.user_id
       where k.key_hash = any($1) and k.revoked_at is null and k.expires_at > now() and users.status = 'ACTIVE'
         and not ${ownerSuspendedSql('users.id')}`,
      [hashes],
    );
    const found = new Map(rows.map((row) => [row.hash, row]));
    return hashes.map((hash) => {
      const row = found.get(hash);
      if (!row) return null;
      const { keyId, userId, principal, expiresAt, noted, keyScopes, held, roleIds } = row;
      return { keyId, userId, principal, expiresAt, noted, roleIds, scopes: intersectScopes(keyScopes, held) };
    });
  }
}

/** `noted`: its use was just recorded. */
export type NotedState = ApiKeyState & { readonly noted: boolean };

type StateRow = Omit<NotedState, 'scopes'> & {
  readonly hash: string;
  readonly keyScopes: string[];
  readonly held: string[];
};

const makerOf = (viewer: Viewer): string | null => (viewer.kind === 'anonymous' ? null : viewer.userId);
