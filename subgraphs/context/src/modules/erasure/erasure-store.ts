import { inTransaction, onlyRow } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import { LOCK_COUNTS } from '../analytics/access-counter.ts';
import type { JsonObject } from '../contexts/context-record.ts';

/** The pool, or the transaction in which it is changed. */
type Queries = Pick<Pool, 'query'>;

/** A version of a layer that may name a person. */
export interface LayerVersionKey {
  readonly layerId: string;
  readonly version: number;
  /** It is what the layer is now. */
  readonly isCurrent: boolean;
}

/** A version of metadata that may; `version` null: the metadata as they are now. */
export interface MetadataVersion {
  readonly version: number | null;
  readonly metadata: JsonObject;
}

/** What an erasure has done. */
export interface Erased {
  readonly contexts: number;
  readonly layers: number;
  readonly versions: number;
  readonly shares: number;
}

/** Finds what contexts have of a person, and takes it away. */
export class ErasureStore {
  constructor(private readonly pool: Pool) {}

  /** Contexts of the person, behind `after` by id. */
  async ownContexts(subjectId: string, after: string, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      'select id from contexts where owner_id = $1 and id > $2 order by id limit $3',
      [subjectId, after, limit],
    );
    return rows.map(({ id }) => id);
  }

  async countOwn(subjectId: string): Promise<{ contexts: number; shares: number }> {
    const { rows } = await this.pool.query<{ contexts: number; shares: number }>(
      `select (select count(*) from contexts where owner_id = $1)::int as contexts,
              (select count(*) from context_shares where kind = 'USER' and grantee_id = $1)::int as shares`,
      [subjectId],
    );
    return onlyRow(rows);
  }

  /** Contexts of others that are shared with the person. */
  async sharedWith(subjectId: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select context_id as id from context_shares where kind = 'USER' and grantee_id = $1 order by 1`,
      [subjectId],
    );
    return rows.map(({ id }) => id);
  }

  /** Counts of reading, and layer types. What is counted from now on leaves the person out, because the receipt is there. */
  async removeTraces(subjectId: string): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      // Waits for counts that are being written by those who do not see the receipt yet.
      await tx.query(LOCK_COUNTS);
      await tx.query('delete from context_accesses where reader_id = $1', [subjectId]);
    });
    await this.pool.query('delete from context_layer_types where owner_id = $1', [subjectId]);
  }

  /** Contexts of others behind `after` by id, whether or not they name the person. */
  async contextsOfOthers(subjectId: string, after: string, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      'select id from contexts where owner_id <> $1 and id > $2 order by id limit $3',
      [subjectId, after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of the contexts in whose layers or metadata the id stands as a text of its own. */
  async naming(contextIds: readonly string[], subjectId: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select context_id as id from context_layer_versions
       where context_id = any($1) and position($2 in data::text) > 0
       union
       select context_id from context_versions where context_id = any($1) and position($2 in metadata::text) > 0
       order by 1`,
      [contextIds, JSON.stringify(subjectId)],
    );
    return rows.map(({ id }) => id);
  }

  async layerVersionsNaming(on: Queries, contextId: string, subjectId: string): Promise<LayerVersionKey[]> {
    const { rows } = await on.query<LayerVersionKey>(
      `select v.layer_id as "layerId", v.version, l.id is not null as "isCurrent"
       from context_layer_versions v left join context_layers l on l.id = v.layer_id and l.version = v.version
       where v.context_id = $1 and position($2 in v.data::text) > 0 order by 1, 2`,
      [contextId, JSON.stringify(subjectId)],
    );
    return rows;
  }

  async setLayerData(tx: PoolClient, { layerId, version }: LayerVersionKey, data: JsonObject): Promise<void> {
    const text = JSON.stringify(data);
    await tx.query(
      'update context_layer_versions set data = $3::jsonb, size_bytes = $4 where layer_id = $1 and version = $2',
      [layerId, version, text, Buffer.byteLength(text)],
    );
  }

  async metadataNaming(on: Queries, contextId: string, subjectId: string): Promise<MetadataVersion[]> {
    const { rows } = await on.query<MetadataVersion>(
      `select null::int as version, metadata from contexts where id = $1 and position($2 in metadata::text) > 0
       union all
       select version, metadata from context_versions where context_id = $1 and position($2 in metadata::text) > 0`,
      [contextId, JSON.stringify(subjectId)],
    );
    return rows;
  }

  async setMetadata(tx: PoolClient, contextId: string, { version, metadata }: MetadataVersion): Promise<void> {
    const text = JSON.stringify(metadata);
    if (version === null) {
      await tx.query('update contexts set metadata = $2::jsonb where id = $1', [contextId, text]);
      return;
    }
    await tx.query('update context_versions set metadata = $3::jsonb where context_id = $1 and version = $2', [
      contextId,
      version,
      text,
    ]);
  }

  /** Before anything is erased. */
  async beginReceipt(id: string, subjectId: string, requestedBy: string): Promise<void> {
    await this.pool.query('insert into context_erasures (id, subject_id, requested_by) values ($1, $2, $3)', [
      id,
      subjectId,
      requestedBy,
    ]);
  }

  async completeReceipt(id: string, { contexts, layers, versions, shares }: Erased): Promise<void> {
    await this.pool.query(
      `update context_erasures set contexts = $2, layers = $3, versions = $4, shares = $5, completed_at = clock_timestamp()
       where id = $1`,
      [id, contexts, layers, versions, shares],
    );
  }
}
