import type { Pool } from 'pg';

export interface DiscoveryQuery {
  readonly capability: string | null;
  readonly type: string | null;
  readonly availableOnly: boolean;
  /** Null for everybody's agents. */
  readonly visibleOwner: string | null;
}

/** Where an agent stands in the order of discovery. */
export interface DiscoveredAgent {
  readonly id: string;
  /** Running executions per place under the concurrency limit, in millionths. */
  readonly load: number;
}

// How busy an agent is, is decided here for all processes: running executions are rows.
const CANDIDATES = `
  select a.id, (r.running * 1000000 / a.concurrency_limit)::int as load
  from agents a
  cross join lateral (
    select count(*) as running from agent_executions e where e.agent_id = a.id and e.status = 'RUNNING'
  ) r
  where a.deleted_at is null
    and ($1::text is null or a.owner_id = $1)
    and ($2::text is null or a.capabilities @> array[$2])
    and ($3::text is null or a.type = $3)
    and (not $4::boolean or (a.status = 'ACTIVE' and r.running < a.concurrency_limit))`;

const parameters = (query: DiscoveryQuery) => [query.visibleOwner, query.capability, query.type, query.availableOnly];

/** Finds agents for a piece of work, the least busy first. */
export class DiscoveryStore {
  constructor(private readonly pool: Pool) {}

  async page(
    query: DiscoveryQuery,
    after: { readonly load: number; readonly id: string } | null,
    take: number,
  ): Promise<DiscoveredAgent[]> {
    const { rows } = await this.pool.query<DiscoveredAgent>(
      `select id, load from (${CANDIDATES}) c
       where $5::int is null or (load, id) > ($5, $6::text)
       order by load, id limit $7`,
      [...parameters(query), after?.load ?? null, after?.id ?? null, take],
    );
    return rows;
  }

  async count(query: DiscoveryQuery): Promise<number> {
    const sql = `select count(*)::int as count from (${CANDIDATES}) c`;
    return (await this.pool.query<{ count: number }>(sql, parameters(query))).rows[0]?.count ?? 0;
  }
}
