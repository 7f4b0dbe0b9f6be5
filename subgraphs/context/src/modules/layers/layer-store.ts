import { isDeepStrictEqual } from 'node:util';
import { badInput } from '@flowmesh/platform/errors';
import { turn } from '@flowmesh/platform/turns';
import type { Pool, PoolClient } from 'pg';
import type { JsonObject } from '../contexts/context-record.ts';
import { MAX_ORDER } from './layer-input.ts';
import type { LayerDataKey, LayerRecord, LayerValues } from './layer-record.ts';
import { searchTextOf } from './search-text.ts';

/** Answers are 16 MB at most; so much data is not even read. */
const MAX_READ_BYTES = 16_000_000;

const LAYER_COLUMNS = `v.layer_id as id, v.context_id as "contextId", v.layer_type as "layerType", v.place as "order",
  v.arrays::text as arrays, v.expires_at as "expiresAt", v.size_bytes as "sizeBytes", v.version,
  v.created_at as "updatedAt"`;

/** A moment of a context: at which version, and until when layers must be good. */
export interface Moment {
  readonly version: number;
  readonly at: Date;
}

/** Reads and writes layers. Rights are seen to by the callers; writes happen under the lock of their context. */
export class LayerStore {
  constructor(private readonly pool: Pool) {}

  /** Layers of these contexts as they are, each from the lowest to the highest, but those whose time is up. */
  async current(contextIds: readonly string[]): Promise<LayerRecord[]> {
    const { rows } = await this.pool.query<LayerRecord>(
      `select ${LAYER_COLUMNS}, l.created_at as "createdAt"
       from context_layers l join context_layer_versions v on v.layer_id = l.id and v.version = l.version
       where l.context_id = any($1) and (l.expires_at is null or l.expires_at > now())
       order by l.context_id, l.place, l.id`,
      [contextIds],
    );
    return rows;
  }

  /** Layers of a context as they were. */
  async asOf(contextId: string, { version, at }: Moment): Promise<LayerRecord[]> {
    const { rows } = await this.pool.query<LayerRecord>(
      `select ${LAYER_COLUMNS},
              coalesce((select l.created_at from context_layers l where l.id = v.layer_id),
                (select min(f.created_at) from context_layer_versions f where f.layer_id = v.layer_id)) as "createdAt"
       from (select distinct on (layer_id) * from context_layer_versions
             where context_id = $1 and version <= $2 order by layer_id, version desc) v
       where v.data is not null and (v.expires_at is null or v.expires_at > $3)
       order by v.place, v.layer_id`,
      [contextId, version, at],
    );
    return rows;
  }

  /** Layers by id, as they are. */
  async findMany(ids: readonly string[]): Promise<LayerRecord[]> {
    const { rows } = await this.pool.query<LayerRecord>(
      `select ${LAYER_COLUMNS}, l.created_at as "createdAt"
       from context_layers l join context_layer_versions v on v.layer_id = l.id and v.version = l.version
       where l.id = any($1) and (l.expires_at is null or l.expires_at > now())`,
      [ids],
    );
    return rows;
  }

  /** Data of layers, in the order of the keys. Throws `badInput` rather than read more than 16 MB. */
  async dataOf(keys: readonly LayerDataKey[]): Promise<JsonObject[]> {
    if (keys.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > MAX_READ_BYTES) {
      throw badInput('layers', 'hold more than 16 MB of data together: ask for fewer at once');
    }
    const { rows } = await this.pool.query<{ id: string; version: number; data: string }>(
      `select v.layer_id as id, v.version, v.data::text as data
       from unnest($1::text[], $2::int[]) as k(id, version)
       join context_layer_versions v on v.layer_id = k.id and v.version = k.version`,
      [keys.map(({ id }) => id), keys.map(({ version }) => version)],
    );
    const found = new Map<string, JsonObject>();
    for (const { id, version, data } of rows) {
      await turn();
      found.set(`${id}:${version}`, JSON.parse(data) as JsonObject);
    }
    if (rows.length > 0) await turn();
    return keys.map(({ id, version }) => found.get(`${id}:${version}`) ?? {});
  }

  /** The place above all others. */
  async nextOrder(tx: PoolClient, contextId: string): Promise<number> {
    const { rows } = await tx.query<{ next: number }>(
      'select coalesce(max(place) + 1, 0) as next from context_layers where context_id = $1',
      [contextId],
    );
    return Math.min(rows[0]?.next ?? 0, MAX_ORDER);
  }

  /** Adds the layer, or sets it to these values, as part of the next version of its context. */
  async put(
    tx: PoolClient,
    id: string,
    to: { contextId: string; version: number; language: string },
    values: LayerValues,
  ) {
    const { layerType, order, arrays, expiresAt, data } = values;
    await turn();
    const text = JSON.stringify(data);
    const size = Buffer.byteLength(text);
    await tx.query(
      `insert into context_layers
         (id, context_id, version, layer_type, place, expires_at, size_bytes, search_text, search, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, to_tsvector($9::regconfig, $8), coalesce(
         (select min(created_at) from context_layer_versions where layer_id = $1), clock_timestamp()))
       on conflict (id) do update set version = $3, layer_type = $4, place = $5, expires_at = $6, size_bytes = $7,
         search_text = $8, search = to_tsvector($9::regconfig, $8), updated_at = clock_timestamp()`,
      [id, to.contextId, to.version, layerType, order, expiresAt, size, searchTextOf(data), to.language],
    );
    await tx.query(
      `insert into context_layer_versions
         (layer_id, context_id, version, layer_type, place, arrays, expires_at, size_bytes, data, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, clock_timestamp())`,
      [id, to.contextId, to.version, layerType, order, arrays, expiresAt, size, text],
    );
  }

  /** Removes layers, as part of the next version of their context. */
  async remove(tx: PoolClient, contextId: string, version: number, ids: readonly string[]): Promise<void> {
    await tx.query(
      `insert into context_layer_versions
         (layer_id, context_id, version, layer_type, place, arrays, expires_at, size_bytes, data, created_at)
       select l.id, l.context_id, $2, l.layer_type, l.place, 'REPLACE', null, 0, null, clock_timestamp()
       from context_layers l where l.context_id = $1 and l.id = any($3)`,
      [contextId, version, ids],
    );
    await tx.query('delete from context_layers where context_id = $1 and id = any($2)', [contextId, ids]);
  }

  /** Layers of a context whose time is up. */
  async expiredOf(tx: PoolClient, contextId: string): Promise<string[]> {
    const { rows } = await tx.query<{ id: string }>(
      'select id from context_layers where context_id = $1 and expires_at <= now() order by id',
      [contextId],
    );
    return rows.map(({ id }) => id);
  }

  /** Sets the layers back to what they were at a version; what is as it was then is left alone. */
  async restore(
    tx: PoolClient,
    contextId: string,
    before: number,
    to: { version: number; language: string },
  ): Promise<void> {
    const { rows } = await tx.query<{ id: string; then: number | null; now: number | null }>(
      `select coalesce(t.layer_id, l.id) as id, t.version as then, l.version as now
       from (select distinct on (layer_id) * from context_layer_versions
             where context_id = $1 and version <= $2 order by layer_id, version desc) t
       full join (select * from context_layers where context_id = $1) l on l.id = t.layer_id and t.data is not null
       where l.id is not null or t.data is not null and (t.expires_at is null or t.expires_at > now())
       -- What shrinks comes first, so that the limit of size holds all the way.
       order by coalesce(t.size_bytes, 0) - coalesce(l.size_bytes, 0)`,
      [contextId, before],
    );
    const gone = rows.filter(({ then }) => then === null).map(({ id }) => id);
    if (gone.length > 0) await this.remove(tx, contextId, to.version, gone);
    for (const { id, then, now } of rows) {
      if (then === null || then === now) continue;
      const values = await this.valuesAt(tx, id, then);
      if (values) await this.put(tx, id, { contextId, ...to }, values);
    }
  }

  /** What a layer was at a version in which it was changed; null when it was removed in it. */
  async valuesAt(on: Pick<Pool, 'query'>, id: string, version: number): Promise<LayerValues | null> {
    const { rows } = await on.query<Omit<LayerValues, 'data'> & { data: string }>(
      `select layer_type as "layerType", place as "order", arrays::text as arrays, expires_at as "expiresAt",
              data::text as data
       from context_layer_versions where layer_id = $1 and version = $2 and data is not null`,
      [id, version],
    );
    const [row] = rows;
    return row ? { ...row, data: JSON.parse(row.data) as JsonObject } : null;
  }

  /** The highest layer of a type, of those whose time is not up. Under the lock of its context. */
  async highestOf(
    tx: PoolClient,
    contextId: string,
    layerType: string,
  ): Promise<{ readonly id: string; readonly version: number } | null> {
    const { rows } = await tx.query<{ id: string; version: number }>(
      `select id, version from context_layers
       where context_id = $1 and layer_type = $2 and (expires_at is null or expires_at > now())
       order by place desc, id desc limit 1`,
      [contextId, layerType],
    );
    return rows[0] ?? null;
  }

  /** The version at which the layer was last changed; null when it is not there. Under the lock of its context. */
  async versionOf(tx: PoolClient, contextId: string, id: string): Promise<number | null> {
    const { rows } = await tx.query<{ version: number }>(
      'select version from context_layers where context_id = $1 and id = $2',
      [contextId, id],
    );
    return rows[0]?.version ?? null;
  }
}

/** Whether the layer has these values already. Its data is read only when it is as long. */
export async function isSameLayer(
  store: LayerStore,
  layer: LayerRecord,
  { layerType, order, arrays, expiresAt, data }: LayerValues,
): Promise<boolean> {
  if (layerType !== layer.layerType || order !== layer.order || arrays !== layer.arrays) return false;
  if (expiresAt?.getTime() !== layer.expiresAt?.getTime()) return false;
  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) !== layer.sizeBytes) return false;
  const [stored] = await store.dataOf([layer]);
  await turn();
  const given: unknown = JSON.parse(text);
  await turn();
  return isDeepStrictEqual(stored, given);
}
