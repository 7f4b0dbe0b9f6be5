import { SqlList } from '@flowmesh/platform/connections';
import { onlyRow } from '@flowmesh/platform/database';
import type { Pool, PoolClient } from 'pg';
import type { Moment } from '../layers/layer-store.ts';
import type { VersionRecord } from './version-record.ts';

const VERSION_COLUMNS = `v.context_id || ':' || v.version as id, v.context_id as "contextId", v.version,
  v.change::text as change, v.layer_id as "layerId", v.author_id as "authorId",
  v.agent_id as "agentId", v.workflow_id as "workflowId", v.reason, v.created_at as "createdAt"`;

export interface VersionKey {
  readonly contextId: string;
  readonly version: number;
}

/** Reads what contexts have been. */
export class VersionStore {
  readonly list: SqlList<VersionRecord, null, 'version'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList<VersionRecord, null, 'version'>(pool, {
      columns: VERSION_COLUMNS,
      from: 'context_versions v',
      where: () => 'true',
      orderColumns: { version: 'v.version' },
      idColumn: null,
      parent: { column: 'v.context_id', field: 'contextId' },
    });
  }

  async findMany(keys: readonly VersionKey[]): Promise<VersionRecord[]> {
    const { rows } = await this.pool.query<VersionRecord>(
      `select ${VERSION_COLUMNS} from unnest($1::text[], $2::int[]) k(context_id, version)
       join context_versions v using (context_id, version)`,
      [keys.map(({ contextId }) => contextId), keys.map(({ version }) => version)],
    );
    return rows;
  }

  /** When a version was made, and how the context was called in it; null when there is none. */
  async moment(contextId: string, version: number): Promise<(Moment & { readonly name: string }) | null> {
    const { rows } = await this.pool.query<Moment & { readonly name: string }>(
      `select version, created_at as at, name from context_versions where context_id = $1 and version = $2`,
      [contextId, version],
    );
    return rows[0] ?? null;
  }

  /**
   * The version that was there at a time; null before the first. `isThinned`: it, or a later one that was there, may have been
   * thinned out, as it was the day (UTC) of one that was kept.
   */
  async at(contextId: string, time: Date): Promise<(Moment & { readonly isThinned: boolean }) | null> {
    const { rows } = await this.pool.query<{ version: number; isThinned: boolean }>(
      `select v.version, coalesce(n.version > v.version + 1 and date_trunc('day', n.created_at, 'UTC') <= $2, false) as "isThinned"
       from context_versions v
       left join lateral (select version, created_at from context_versions
                          where context_id = $1 and version > v.version order by version limit 1) n on true
       where v.context_id = $1 and v.created_at <= $2 order by v.version desc limit 1`,
      [contextId, time],
    );
    const [row] = rows;
    return row ? { ...row, at: time } : null;
  }

  /** From now on, it is not thinned out; nothing happens when it was. */
  async pin(contextId: string, version: number, on: Pick<Pool, 'query'> = this.pool): Promise<void> {
    await on.query(
      'update context_versions set is_pinned = true where context_id = $1 and version = $2 and not is_pinned',
      [contextId, version],
    );
  }

  /** What a version is that is not there, as the end of a sentence about its number. */
  async whyMissing(
    { id, version: last }: { readonly id: string; readonly version: number },
    version: number,
  ): Promise<string> {
    if (version < 1 || version > last) return `must be a version of the context, from 1 to ${last}`;
    const { rows } = await this.pool.query<{ before: number; after: number }>(
      `select max(version) filter (where version < $2) as before, min(version) filter (where version > $2) as after
       from context_versions where context_id = $1`,
      [id, version],
    );
    const { before, after } = onlyRow(rows);
    return `is a version that was thinned out, as old ones are; kept were ${before} before it and ${after} after it`;
  }

  /** Sets what users decide about a context to what it was; gives the language it was in. Null: no such version. */
  async restoreValues(tx: PoolClient, contextId: string, version: number): Promise<string | null> {
    // Until the end of the transaction it is not thinned out, which would take layers away.
    await tx.query('select from context_versions where context_id = $1 and version = $2 for share', [
      contextId,
      version,
    ]);
    const { rows } = await tx.query<{ language: string }>(
      `update contexts c set name = v.name, type = v.type, description = v.description, metadata = v.metadata, tags = v.tags,
         status = 'ACTIVE', deleted_at = null, expires_at = case when c.expires_at > now() then c.expires_at end
       from context_versions v
       where c.id = $1 and v.context_id = c.id and v.version = $2 returning v.language`,
      [contextId, version],
    );
    return rows[0]?.language ?? null;
  }
}
