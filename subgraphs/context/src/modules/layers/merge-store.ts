import type { Pool, PoolClient } from 'pg';

/** A merge that was done under a key. */
export interface MergeRecord {
  readonly layerId: string;
  /** Of the context behind it. */
  readonly version: number;
}

/** Which merges were done, so that none is done twice. */
export class MergeStore {
  constructor(private readonly pool: Pool) {}

  async find(contextId: string, key: string, on: Pick<Pool, 'query'> = this.pool): Promise<MergeRecord | null> {
    const { rows } = await on.query<MergeRecord>(
      'select layer_id as "layerId", version from context_merges where context_id = $1 and idempotency_key = $2',
      [contextId, key],
    );
    return rows[0] ?? null;
  }

  async keep(tx: PoolClient, contextId: string, key: string, { layerId, version }: MergeRecord): Promise<void> {
    await tx.query(
      'insert into context_merges (context_id, idempotency_key, layer_id, version) values ($1, $2, $3, $4)',
      [contextId, key, layerId, version],
    );
  }
}
