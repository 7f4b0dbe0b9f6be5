import { SqlList } from '@flowmesh/platform/connections';
import { inTransaction } from '@flowmesh/platform/database';
import type { IntegrationUser } from '@flowmesh/platform/integration-use';
import type { Pool } from 'pg';
import type { DependentQuery, DependentRecord } from './dependent-record.ts';

const COLUMNS = `d.kind || ':' || d.id as id, u.integration_id as "integrationId", d.kind, d.id as "dependentId", d.name,
  d.owner_id as "ownerId", u.has_fallback as "hasFallback", u.operations, u.dispensable`;
const FROM = 'integration_uses u join integration_dependents d on d.kind = u.kind and d.id = u.dependent_id';

/** What uses integrations, as the domains that own it have told. */
export class DependentStore {
  readonly list: SqlList<DependentRecord, DependentQuery, 'name'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: FROM,
      where: ({ kind }, parameters) => (kind === null ? 'true' : `d.kind = ${parameters.add(kind)}`),
      orderColumns: { name: 'd.name' },
      idColumn: `(d.kind || ':' || d.id)`,
      parent: { column: 'u.integration_id', field: 'integrationId' },
    });
  }

  /** Keeps what was told, unless something newer was told before. */
  told({ kind, id, name, ownerId, version, uses }: IntegrationUser): Promise<void> {
    return inTransaction(this.pool, async (tx) => {
      const { rowCount } = await tx.query(
        `insert into integration_dependents as known (kind, id, name, owner_id, version) values ($1, $2, $3, $4, $5)
         on conflict (kind, id) do update set name = excluded.name, owner_id = excluded.owner_id,
           version = excluded.version, told_at = now() where known.version < excluded.version`,
        [kind, id, name, ownerId, version],
      );
      if (rowCount === 0) return;
      await tx.query('delete from integration_uses where kind = $1 and dependent_id = $2', [kind, id]);
      await tx.query(
        `insert into integration_uses (kind, dependent_id, integration_id, has_fallback, operations, dispensable)
         select $1, $2, u."integrationId", bool_and(u."hasFallback"),
           coalesce(array_agg(distinct o.name) filter (where o.name is not null), '{}'),
           case when bool_or(u.dispensable is not null)
             then coalesce(jsonb_agg(distinct o.name) filter (where o.name = any(u.dispensable)), '[]') end
         from jsonb_to_recordset($3::jsonb) as u("integrationId" text, "hasFallback" bool, operations text[], dispensable text[])
         left join lateral unnest(u.operations) as o(name) on true group by u."integrationId"`,
        [kind, id, JSON.stringify(uses)],
      );
    });
  }

  /** Removes at most `limit` that use nothing and were last told of so many days ago. Returns how many were removed. */
  async removeUnused(days: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from integration_dependents where (kind, id) in (
         select kind, id from integration_dependents d where told_at < now() - make_interval(days => $1)
           and not exists (select from integration_uses u where u.kind = d.kind and u.dependent_id = d.id)
         order by told_at limit $2)`,
      [days, limit],
    );
    return rowCount ?? 0;
  }
}
