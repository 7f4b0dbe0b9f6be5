import type { Viewer } from '@flowmesh/platform/access';
import { onlyRow, SqlParameters } from '@flowmesh/platform/database';
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
const IN_BIN_LONG = `c.status = 'DELETED' and c.deleted_at <= now() - interval '${BIN_DAYS} days'`;
const STAYS = `c.status <> 'DELETED' and (c.expires_at is null or c.expires_at > now())`;
const HAS_EXPIRED_LAYERS = `${STAYS} and c.id in (select l.context_id from context_layers l where l.expires_at <= now())`;

/** What has expired among the contexts that a viewer owns. */
export class UpkeepStore {
  constructor(private readonly pool: Pool) {}

  async count(viewer: Viewer): Promise<Expired> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<Expired>(
      `select (count(*) filter (where ${EXPIRED_CONTEXT}))::int as "expiredContexts",
              (count(*) filter (where ${IN_BIN_LONG}))::int as "removedContexts",
              coalesce(sum((select count(*) from context_layers l where l.context_id = c.id and l.expires_at <= now()))
                filter (where ${STAYS}), 0)::int as "expiredLayers"
       from contexts c where 'OWN' = ${accessSql(viewer, parameters)}`,
      parameters.values,
    );
    return onlyRow(rows);
  }

  expiredContexts(viewer: Viewer, limit: number): Promise<string[]> {
    return this.ids(viewer, EXPIRED_CONTEXT, limit);
  }

  contextsWithExpiredLayers(viewer: Viewer, limit: number): Promise<string[]> {
    return this.ids(viewer, HAS_EXPIRED_LAYERS, limit);
  }

  /** What has been in the bin long enough to go for good. */
  contextsLongInBin(viewer: Viewer, limit: number): Promise<string[]> {
    return this.ids(viewer, IN_BIN_LONG, limit);
  }

  private async ids(viewer: Viewer, condition: string, limit: number): Promise<string[]> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<{ id: string }>(
      `select c.id from contexts c where (${condition}) and 'OWN' = ${accessSql(viewer, parameters)}
       limit ${parameters.add(limit)}`,
      parameters.values,
    );
    return rows.map(({ id }) => id);
  }
}
