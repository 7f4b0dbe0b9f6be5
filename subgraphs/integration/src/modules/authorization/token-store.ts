import type { PrismaClient } from '@flowmesh/prisma/integration';
import type { Pool } from 'pg';
import type { PendingAuthorization, StoredTokens } from './token-record.ts';

const COLUMNS = `integration_id as "integrationId", grant_digest as "grantDigest", sealed_tokens as "sealedTokens", scope,
  expires_at as "expiresAt", renew_at as "renewAt", authorized_by as "authorizedBy", authorized_at as "authorizedAt", error`;

export interface Lease {
  readonly integrationId: string;
  readonly token: string;
}

export type KeptTokens = Pick<StoredTokens, 'sealedTokens' | 'scope' | 'expiresAt' | 'renewAt'>;

/** Tokens of integrations, and who may ask for the next ones; authorizations that were begun. */
export class TokenStore {
  constructor(
    private readonly pool: Pool,
    private readonly prisma: PrismaClient,
  ) {}

  async find(integrationId: string): Promise<StoredTokens | null> {
    return (await this.findMany([integrationId])).get(integrationId) ?? null;
  }

  async findMany(integrationIds: readonly string[]): Promise<Map<string, StoredTokens>> {
    const rows = await this.prisma.integrationTokens.findMany({
      where: { integrationId: { in: [...integrationIds] } },
    });
    return new Map(rows.map((row) => [row.integrationId, row]));
  }

  /**
   * Lets one of all processes ask for tokens, for as long as the lease is good, and tells what is stored. Null while
   * another one asks. Tokens that were obtained with other settings are forgotten.
   */
  async claim({ integrationId, token }: Lease, grantDigest: string, leaseMs: number): Promise<StoredTokens | null> {
    const { rows } = await this.pool.query<StoredTokens>(
      `insert into integration_tokens as t (integration_id, grant_digest, lease_token, lease_until)
       values ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
       on conflict (integration_id) do update set
         grant_digest = excluded.grant_digest, lease_token = excluded.lease_token, lease_until = excluded.lease_until,
         sealed_tokens = case when t.grant_digest = excluded.grant_digest then t.sealed_tokens end,
         scope = case when t.grant_digest = excluded.grant_digest then t.scope end,
         expires_at = case when t.grant_digest = excluded.grant_digest then t.expires_at end,
         renew_at = case when t.grant_digest = excluded.grant_digest then t.renew_at end,
         authorized_by = case when t.grant_digest = excluded.grant_digest then t.authorized_by end,
         authorized_at = case when t.grant_digest = excluded.grant_digest then t.authorized_at end,
         error = case when t.grant_digest = excluded.grant_digest then t.error end
       where t.lease_until is null or t.lease_until < clock_timestamp()
       returning ${COLUMNS}`,
      [integrationId, grantDigest, token, leaseMs],
    );
    return rows[0] ?? null;
  }

  /** Ends the lease with the next tokens. False when it was over, and somebody else asks. */
  async keep(
    { integrationId, token }: Lease,
    { sealedTokens, scope, expiresAt, renewAt }: KeptTokens,
  ): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update integration_tokens set sealed_tokens = $3, scope = $4, expires_at = $5, renew_at = $6, error = null,
         lease_token = null, lease_until = null
       where integration_id = $1 and lease_token = $2`,
      [integrationId, token, sealedTokens, scope, expiresAt, renewAt],
    );
    return rowCount === 1;
  }

  /** Ends the lease without tokens; `forget` takes those from before as well. */
  async release({ integrationId, token }: Lease, error: string | null, forget = false): Promise<void> {
    await this.pool.query(
      `update integration_tokens set error = $3, sealed_tokens = case when $4::boolean then null else sealed_tokens end,
         lease_token = null, lease_until = null
       where integration_id = $1 and lease_token = $2`,
      [integrationId, token, error, forget],
    );
  }

  /** The service did not accept the access token: it is over now, unless another one has come since. */
  async expire(integrationId: string, sealedTokens: string): Promise<void> {
    const now = new Date();
    await this.prisma.integrationTokens.updateMany({
      where: { integrationId, sealedTokens },
      data: { expiresAt: now, renewAt: now },
    });
  }

  /** Somebody has allowed it: these tokens stand, whoever is asking for others. */
  async authorize(
    integrationId: string,
    tokens: KeptTokens & Pick<StoredTokens, 'grantDigest' | 'authorizedBy'>,
  ): Promise<StoredTokens> {
    const data = { ...tokens, authorizedAt: new Date(), error: null, leaseToken: null, leaseUntil: null };
    return this.prisma.integrationTokens.upsert({
      where: { integrationId },
      create: { integrationId, ...data },
      update: data,
    });
  }

  /** In the place of what the same person has begun before. */
  async begin(pending: PendingAuthorization): Promise<void> {
    const { integrationId, userId } = pending;
    await this.prisma.integrationAuthorization.upsert({
      where: { integrationId_userId: { integrationId, userId } },
      create: pending,
      update: pending,
    });
  }

  /** Each is taken once. Null when there is none for this person, or its time is over. */
  async take(stateHash: string, userId: string): Promise<PendingAuthorization | null> {
    const { rows } = await this.pool.query<PendingAuthorization>(
      `delete from integration_authorizations
       where state_hash = $1 and user_id = $2 and expires_at > clock_timestamp()
       returning state_hash as "stateHash", integration_id as "integrationId", user_id as "userId",
         grant_digest as "grantDigest", redirect_uri as "redirectUri", sealed_verifier as "sealedVerifier",
         expires_at as "expiresAt"`,
      [stateHash, userId],
    );
    return rows[0] ?? null;
  }

  async removeExpired(limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from integration_authorizations where state_hash in
         (select state_hash from integration_authorizations where expires_at < clock_timestamp() limit $1)`,
      [limit],
    );
    return rowCount ?? 0;
  }
}
