import { SqlList } from '@flowmesh/platform/connections';
import type { Pool, PoolClient } from 'pg';
import type { Moment } from '../layers/layer-store.ts';
import type { VersionRecord } from './version-record.ts';

const VERSION_COLUMNS = `v.context_id || ':' || v.version as id, v.context_id as "contextId", v.version,
  v.change::text as change, v.layer_id as "layerId", v.author_id as "authorId", v.reason, v.created_at as "createdAt"`;

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

  /** The version that was there at a time; null before the first. */
  async at(contextId: string, time: Date): Promise<Moment | null> {
    const { rows } = await this.pool.query<{ version: number | null }>(
      'select max(version) as version from context_versions where context_id = $1 and created_at <= $2',
      [contextId, time],
    );
    const version = rows[0]?.version ?? null;
    return version === null ? null : { version, at: time };
  }

  /** Sets what users decide about a context to what it was; gives the language it was in. Null: no such version. */
  async restoreValues(tx: PoolClient, contextId: string, version: number): Promise<string | null> {
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
