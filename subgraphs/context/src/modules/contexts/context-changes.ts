import type { PoolClient } from 'pg';
import type { CheckedCreate, CheckedUpdate } from './context-input.ts';

/*
 * What may become of a context, as statements of the transaction that has its lock. Versions and events of it are written by
 * `ContextWriter`.
 */

/** `requestDigest` stands for what was asked under the key, if there is one. */
export async function insertContext(
  tx: PoolClient,
  { id, ownerId, requestDigest }: { readonly id: string; readonly ownerId: string; readonly requestDigest: string },
  values: CheckedCreate,
): Promise<void> {
  const { name, type, description, metadata, tags, language, secretPolicy, expiresAt, idempotencyKey } = values;
  await tx.query(
    `insert into contexts (id, owner_id, name, type, description, metadata, tags, language, secret_policy, expires_at,
                           idempotency_key, request_digest)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[id, ownerId, name, type, description ?? null, JSON.stringify(metadata ?? {}), tags ?? []],
      ...[language ?? 'simple', secretPolicy ?? 'REFUSE', expiresAt ?? null],
      ...(idempotencyKey == null ? [null, null] : [idempotencyKey, requestDigest]),
    ],
  );
}

/** What is left out stays; null empties what may be empty, and is the same as leaving out elsewhere. */
export async function updateContext(tx: PoolClient, id: string, given: CheckedUpdate): Promise<void> {
  const { name, type, status, language, secretPolicy, description, metadata, tags, expiresAt } = given;
  await tx.query(
    `update contexts set
       name = coalesce($2, name), type = coalesce($3, type), status = coalesce($4::context_status, status),
       deleted_at = case when $4::context_status is null then deleted_at end,
       secret_policy = coalesce($5::secret_policy, secret_policy),
       description = case when $6 then $7 else description end,
       metadata = case when $8 then $9::jsonb else metadata end,
       tags = case when $10 then $11::text[] else tags end,
       expires_at = case when $12 then $13::timestamptz
                         -- What has come out of the bin would be back there in a minute.
                         when $4::context_status is not null and expires_at <= now() then null
                         else expires_at end
     where id = $1`,
    [
      ...[id, name ?? null, type ?? null, status ?? null, secretPolicy ?? null],
      ...[description !== undefined, description ?? null],
      ...[metadata !== undefined, JSON.stringify(metadata ?? {})],
      ...[tags !== undefined, tags ?? []],
      ...[expiresAt !== undefined, expiresAt ?? null],
    ],
  );
  if (language != null) await setLanguage(tx, id, language);
}

/** Texts of the layers are indexed anew. */
export async function setLanguage(tx: PoolClient, id: string, language: string): Promise<void> {
  const { rowCount } = await tx.query('update contexts set language = $2 where id = $1 and language <> $2', [
    id,
    language,
  ]);
  if (rowCount === 0) return;
  await tx.query('update context_layers set search = to_tsvector($2::regconfig, search_text) where context_id = $1', [
    id,
    language,
  ]);
}

export async function moveToBin(tx: PoolClient, id: string): Promise<void> {
  await tx.query(`update contexts set status = 'DELETED', deleted_at = clock_timestamp() where id = $1`, [id]);
}
