import type { Viewer } from '@flowmesh/platform/access';
import { inTransaction, onlyRow, SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { accessSql } from '../contexts/context-access.ts';

/** Versions that are removed in one transaction, at most. */
const AT_ONCE = 1_000;

export interface Thinned {
  readonly versions: number;
  /** Of the data of layers. */
  readonly bytes: number;
}

/**
 * Thins out the history of contexts: of whole days that are longer ago than `keepAllDays`, the first version of a context, the last
 * of each day (UTC) and pinned ones stay. The last of its day is also each one that was current at the end of a day, so
 * what an execution begins to read is not thinned before it can be pinned. Writers do not wait for it.
 */
export class ThinningStore {
  constructor(
    private readonly pool: Pool,
    private readonly keepAllDays: number,
    private readonly atOnce = AT_ONCE,
  ) {}

  /** What could be thinned of the contexts that the viewer owns. */
  async count(viewer: Viewer): Promise<Thinned> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<Thinned>(
      `with gone as materialized (
         select v.context_id, v.version from context_versions v join contexts c on c.id = v.context_id
         where not v.is_settled and v.created_at < date_trunc('day', now() - make_interval(days => ${parameters.add(this.keepAllDays)}), 'UTC')
           and ${NOT_LAST} and 'OWN' = ${accessSql(viewer, parameters)}
       )
       select (select count(*) from gone)::int as versions,
              (select coalesce(sum(l.size_bytes), 0) from context_layer_versions l
               where l.context_id in (select context_id from gone)
                 and ${isUnused(`(select k.* from context_versions k left join gone g using (context_id, version)
                                  where g.version is null and k.context_id = l.context_id)`)})::float as bytes`,
      parameters.values,
    );
    return onlyRow(rows);
  }

  /** Contexts that the viewer owns, and whose old versions have not been looked at. */
  async contexts(viewer: Viewer, limit: number): Promise<string[]> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<{ id: string }>(
      `select distinct v.context_id as id from context_versions v join contexts c on c.id = v.context_id
       where not v.is_settled and v.created_at < date_trunc('day', now() - make_interval(days => ${parameters.add(this.keepAllDays)}), 'UTC') and 'OWN' = ${accessSql(viewer, parameters)}
       limit ${parameters.add(limit)}`,
      parameters.values,
    );
    return rows.map(({ id }) => id);
  }

  /** Thins out a context, up to 1,000 versions of it. */
  thin(contextId: string): Promise<Thinned> {
    return inTransaction(this.pool, async (tx) => {
      // A version that is pinned meanwhile is looked at again when the lock of its row is free, and stays.
      const { rows: thinned } = await tx.query<{ found: number; gone: number[] }>(
        `with found as (
           select v.version from context_versions v where v.context_id = $1 and ${OLD} and ${NOT_LAST}
           order by v.version limit ${this.atOnce}
         ), gone as (
           delete from context_versions d using found
           where d.context_id = $1 and d.version = found.version and not d.is_pinned returning d.version
         ) select (select count(*)::int from found) as found, array(select version from gone) as gone`,
        [contextId, this.keepAllDays],
      );
      const { found, gone } = onlyRow(thinned);
      if (found < this.atOnce) {
        // Only what was found to stay: others thin out at the same time, and what they have left is not looked at yet.
        await tx.query(
          `update context_versions v set is_settled = true where v.context_id = $1 and ${OLD} and not (${NOT_LAST})`,
          [contextId, this.keepAllDays],
        );
      }
      if (gone.length === 0) return { versions: 0, bytes: 0 };
      const { rows } = await tx.query<{ bytes: number }>(
        `with unused as (
           delete from context_layer_versions l
           where l.context_id = $1 and l.version <= $3
             and l.version > coalesce((select max(version) from context_versions where context_id = $1 and version < $2), 0)
             and ${isUnused('context_versions')}
           returning l.size_bytes
         ) select coalesce(sum(size_bytes), 0)::float as bytes from unused`,
        [contextId, Math.min(...gone), Math.max(...gone)],
      );
      return { versions: gone.length, bytes: onlyRow(rows).bytes };
    });
  }
}

/** Of a whole day that is longer ago than `$2` days, and not looked at yet. */
const OLD = `not v.is_settled
  and v.created_at < date_trunc('day', now() - make_interval(days => $2), 'UTC')`;

/** Not pinned, and another one follows on its day. */
const NOT_LAST = `not v.is_pinned and v.version > 1 and exists (
  select 1 from context_versions n where n.context_id = v.context_id and n.version > v.version
    and n.created_at < date_trunc('day', v.created_at, 'UTC') + interval '24 hours')`;

/** A row of a layer counts from its version until the next one: unused when none of these versions of the context is kept. */
const isUnused = (kept: string): string =>
  `not exists (
     select 1 from ${kept} k where k.context_id = l.context_id and k.version >= l.version and k.version < coalesce(
       (select min(n.version) from context_layer_versions n where n.layer_id = l.layer_id and n.version > l.version),
       2147483647))`;
