import { SqlList } from '@flowmesh/platform/connections';
import type { SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';

export interface WantedAgents {
  readonly capability: string | null;
  readonly type: string | null;
  readonly availableOnly: boolean;
}

export interface DiscoveryQuery extends WantedAgents {
  /** Null for everybody's agents. */
  readonly visibleOwner: string | null;
}

/** Where an agent stands in the order of discovery. */
export interface DiscoveredAgent {
  readonly id: string;
  /** Running executions per place under the concurrency limit, in millionths. */
  readonly load: number;
}

// The load of an agent is computed over all processes, because running executions are rows of the database.
function candidates(
  { visibleOwner, capability, type, availableOnly }: DiscoveryQuery,
  parameters: SqlParameters,
): string {
  const owner = parameters.add(visibleOwner);
  const wanted = { capability: parameters.add(capability), type: parameters.add(type) };
  return `(
    select a.id, (r.running * 1000000 / a.concurrency_limit)::int as load
    from agents a
    cross join lateral (
      select count(*) as running from agent_executions e where e.agent_id = a.id and e.status = 'RUNNING'
    ) r
    where a.deleted_at is null
      and (${owner}::text is null or a.owner_id = ${owner})
      and (${wanted.capability}::text is null or a.capabilities @> array[${wanted.capability}])
      and (${wanted.type}::text is null or a.type = ${wanted.type})
      and (not ${parameters.add(availableOnly)}::boolean or (a.status = 'ACTIVE' and r.running < a.concurrency_limit))
  ) c`;
}

/** Finds agents for a piece of work. */
export class DiscoveryStore {
  readonly list: SqlList<DiscoveredAgent, DiscoveryQuery, 'load'>;

  constructor(pool: Pool) {
    this.list = new SqlList(pool, {
      columns: 'c.id, c.load',
      from: candidates,
      where: () => 'true',
      orderColumns: { load: 'c.load' },
      idColumn: 'c.id',
    });
  }
}
