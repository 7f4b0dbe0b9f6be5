import type { Viewer } from '@flowmesh/platform/access';
import { inTransaction, onlyRow, SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { accessSql } from '../contexts/context-access.ts';

/** Days that contexts stay in the bin. */
export const BIN_DAYS = 30;

export interface Expired {
  readonly expiredContexts: number;
  readonly expiredLayers: number;
  readonly removedContexts: number;
}

const EXPIRED_CONTEXT = `c.status <> 'DELETED' and c.expires_at <= now()`;
const IN_BIN_LONG = `c.status = 'DELETED' and c.deleted_at < now() - interval '${BIN_DAYS} days'`;

/** What has expired among the contexts that a viewer owns. */
export class UpkeepStore {
  constructor(private readonly pool: Pool) {}

  async count(viewer: Viewer): Promise<Expired> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<Expired>(
      `select (count(*) filter (where ${EXPIRED_CONTEXT}))::int as "expiredContexts",
              (count(*) filter (where ${IN_BIN_LONG}))::int as "removedContexts",
              coalesce(sum((select count(*) from context_layers l where l.context_id = c.id and l.expires_at <= now()))
                filter (where c.status <> 'DELETED'), 0)::int as "expiredLayers"
       from contexts c where ${accessSql(viewer, parameters)} = 'OWN'`,
      parameters.values,
    );
    return onlyRow(rows);
  }

  expiredContexts(viewer: Viewer, limit: number): Promise<string[]> {
    return this.ids(viewer, `select c.id from contexts c where ${EXPIRED_CONTEXT}`, limit);
  }

  contextsWithExpiredLayers(viewer: Viewer, limit: number): Promise<string[]> {
    const expired = 'exists (select 1 from context_layers l where l.context_id = c.id and l.expires_at <= now())';
    return this.ids(viewer, `select c.id from contexts c where c.status <> 'DELETED' and ${expired}`, limit);
  }

  /** Removes for good what has been in the bin long enough; how many went. */
  async removeFromBin(viewer: Viewer, limit: number): Promise<number> {
    const ids = await this.ids(viewer, `select c.id from contexts c where ${IN_BIN_LONG}`, limit);
    const { rowCount } = await this.pool.query(`delete from contexts c where c.id = any($1) and ${IN_BIN_LONG}`, [ids]);
    return rowCount ?? 0;
  }

  /** Takes what a person has left: contexts, shares, counts of reading. */
  async removeSubject(userId: string): Promise<{ contexts: number; shares: number }> {
    return inTransaction(this.pool, async (tx) => {
      const contexts = await tx.query('delete from contexts where owner_id = $1', [userId]);
      const shares = await tx.query(`delete from context_shares where kind = 'USER' and grantee_id = $1`, [userId]);
      await tx.query('delete from context_accesses where reader_id = $1', [userId]);
      await tx.query('delete from context_layer_types where owner_id = $1', [userId]);
      return { contexts: contexts.rowCount ?? 0, shares: shares.rowCount ?? 0 };
    });
  }

  async countOfSubject(userId: string): Promise<{ contexts: number; shares: number }> {
    const { rows } = await this.pool.query<{ contexts: number; shares: number }>(
      `select (select count(*) from contexts where owner_id = $1)::int as contexts,
              (select count(*) from context_shares where kind = 'USER' and grantee_id = $1)::int as shares`,
      [userId],
    );
    return onlyRow(rows);
  }

  /** Contexts of others in which a value is this id, in any version. */
  async contextsNaming(userId: string, after: string, limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select distinct v.context_id as id from context_layer_versions v join contexts c on c.id = v.context_id
       where v.context_id > $3 and c.owner_id <> $1 and v.data::text ~ $2 order by 1 limit $4`,
      [userId, valuePattern(userId), after, limit],
    );
    return rows.map(({ id }) => id);
  }

  async countNaming(contextId: string, userId: string): Promise<{ layers: number; versions: number }> {
    const { rows } = await this.pool.query<{ layers: number; versions: number }>(
      `select count(distinct layer_id)::int as layers, count(*)::int as versions
       from context_layer_versions where context_id = $1 and data::text ~ $2`,
      [contextId, valuePattern(userId)],
    );
    return onlyRow(rows);
  }

  async keepReceipt(receipt: {
    readonly id: string;
    readonly subjectId: string;
    readonly requestedBy: string;
    readonly contexts: number;
    readonly layers: number;
    readonly versions: number;
  }): Promise<void> {
    const { id, subjectId, requestedBy, contexts, layers, versions } = receipt;
    await this.pool.query(
      `insert into context_erasures (id, subject_id, requested_by, contexts, layers, versions) values ($1, $2, $3, $4, $5, $6)`,
      [id, subjectId, requestedBy, contexts, layers, versions],
    );
  }

  private async ids(viewer: Viewer, sql: string, limit: number): Promise<string[]> {
    const parameters = new SqlParameters();
    const owned = `${accessSql(viewer, parameters)} = 'OWN'`;
    const { rows } = await this.pool.query<{ id: string }>(
      `${sql} and ${owned} limit ${parameters.add(limit)}`,
      parameters.values,
    );
    return rows.map(({ id }) => id);
  }
}

/**
 * Finds a text as a whole value in what PostgreSQL writes for `jsonb`: there every quote within a text has a backslash, values
 * follow a space or `[`, and keys are followed by a colon.
 */
export function valuePattern(text: string): string {
  const written = JSON.stringify(text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return `([ \\[])${written}(?=[,}\\]])`;
}
