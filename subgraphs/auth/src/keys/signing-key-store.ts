import { inTransaction } from '@flowmesh/platform/database';
import type { JWK } from 'jose';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../modules/audit/audit-record.ts';
import { appendAudit } from '../modules/audit/audit-store.ts';

export interface StoredSigningKey {
  readonly id: string;
  readonly publicKey: JWK;
  readonly sealedPrivateKey: string;
}

/** A key as administrators see it. */
export interface SigningKeyView {
  readonly id: string;
  readonly algorithm: string;
  readonly status: 'NEXT' | 'ACTIVE' | 'RETIRED' | 'REVOKED';
  readonly createdAt: Date;
  readonly activeFrom: Date;
  readonly retiredAt: Date | null;
}

export interface Rotation {
  readonly key: StoredSigningKey;
  /** Seconds between its publication and its first signature. 0: it signs at once, and all earlier keys are revoked. */
  readonly leadSeconds: number;
  readonly audit: NewAuditLog;
}

/** Longer than a token is valid that a key signed at its last moment. */
const VERIFIES = `interval '1 hour'`;
const KEPT = `interval '7 days'`;
const SIGNS = 'active_from <= now() and (retired_at is null or retired_at > now())';
const PUBLISHED = `revoked_at is null and (retired_at is null or retired_at > now() - ${VERIFIES})`;

/**
 * Signing keys of access tokens, shared by all processes. Only the newest key has no `retired_at`; the previous one
 * retires at the moment at which the newest begins to sign.
 */
export class SigningKeyStore {
  constructor(private readonly pool: Pool) {}

  async active(algorithm: string): Promise<StoredSigningKey | null> {
    const { rows } = await this.pool.query<StoredSigningKey>(
      `select id, public_key as "publicKey", sealed_private_key as "sealedPrivateKey" from signing_keys
       where algorithm = $1 and ${SIGNS}`,
      [algorithm],
    );
    return rows[0] ?? null;
  }

  /**
   * Stores the first key, unless another process was faster: a unique index allows only one key without `retired_at`.
   */
  async addFirst(algorithm: string, key: StoredSigningKey): Promise<void> {
    await insert(this.pool, algorithm, key, 0);
  }

  /** Stores the next key; false, and nothing changes, if a next key is already waiting. */
  rotate(algorithm: string, { key, leadSeconds, audit }: Rotation): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      // Locks the newest key: concurrent rotations then find that it is retired.
      const { rowCount } = await client.query(
        `update signing_keys set retired_at = now() + $2 * interval '1 second'
         where algorithm = $1 and retired_at is null and ($2 = 0 or active_from <= now())`,
        [algorithm, leadSeconds],
      );
      if (rowCount === 0) return false;
      if (leadSeconds === 0) {
        await client.query(
          `update signing_keys set revoked_at = now(), retired_at = least(retired_at, now())
           where algorithm = $1 and revoked_at is null`,
          [algorithm],
        );
      }
      await insert(client, algorithm, key, leadSeconds);
      await appendAudit(client, [audit]);
      return true;
    });
  }

  /** Whether the newest key has signed for longer than this. */
  async isOlderThan(algorithm: string, seconds: number): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `select 1 from signing_keys
       where algorithm = $1 and retired_at is null and active_from < now() - $2 * interval '1 second'`,
      [algorithm, seconds],
    );
    return rowCount === 1;
  }

  /**
   * Public keys that tokens may be verified with: the next one, the active one, and those that retired within the last
   * hour.
   */
  async publicKeys(): Promise<JWK[]> {
    const { rows } = await this.pool.query<{ publicKey: JWK }>(
      `select public_key as "publicKey" from signing_keys where ${PUBLISHED} order by active_from desc, id`,
    );
    return rows.map(({ publicKey }) => publicKey);
  }

  /** The newest first. */
  async list(): Promise<SigningKeyView[]> {
    const { rows } = await this.pool.query<SigningKeyView>(
      `select id, algorithm, created_at as "createdAt", active_from as "activeFrom", retired_at as "retiredAt",
         case when revoked_at is not null then 'REVOKED' when active_from > now() then 'NEXT'
           when ${SIGNS} then 'ACTIVE' else 'RETIRED' end as status
       from signing_keys order by created_at desc, id limit 100`,
    );
    return rows;
  }

  /** Removes keys that are no longer needed, with their private keys. */
  async removeOld(): Promise<void> {
    await this.pool.query(`delete from signing_keys where retired_at < now() - ${KEPT}`);
  }
}

async function insert(
  executor: Pick<PoolClient, 'query'> | Pool,
  algorithm: string,
  key: StoredSigningKey,
  leadSeconds: number,
): Promise<void> {
  await executor.query(
    `insert into signing_keys (id, algorithm, public_key, sealed_private_key, active_from)
     values ($1, $2, $3, $4, now() + $5 * interval '1 second')
     on conflict (algorithm) where retired_at is null do nothing`,
    [key.id, algorithm, JSON.stringify(key.publicKey), key.sealedPrivateKey, leadSeconds],
  );
}
