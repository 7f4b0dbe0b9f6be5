import { SqlList } from '@flowmesh/platform/connections';
import type { SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { LAST_EXECUTIONS, LIVE_STATE } from './availability-sql.ts';
import type { AvailabilityState } from './availability-store.ts';

export interface WantedAgents {
  readonly capability: string | null;
  readonly type: string | null;
  readonly text: string | null;
  readonly availableOnly: boolean;
}

export interface DiscoveryQuery extends WantedAgents {
  /** Null for everybody's agents. */
  readonly visibleOwner: string | null;
}

/** Where an agent stands in the order of discovery, and what for it gets its points. */
export interface DiscoveredAgent {
  readonly id: string;
  readonly score: number;
  /** What of `text` fits: a capability, the beginning of one, or words. */
  readonly matched: 'EXACT' | 'PREFIX' | 'WORDS' | null;
  readonly matchPoints: number;
  readonly state: AvailabilityState;
  readonly statePoints: number;
  readonly load: number;
  readonly loadPoints: number;
  readonly ended: number;
  readonly completed: number;
  readonly successPoints: number;
  readonly averageMs: number | null;
  readonly speedPoints: number;
}

/** Points at most; what they are given for stands in the description of `discoverAgents`. */
const POINTS = { exact: 400, prefix: 300, words: 200, available: 300, load: 100, success: 100, speed: 50 } as const;

const MATCHED = (text: string): string => `
  cross join lateral (
    select case
      when ${text}::text is null then null
      when lower(${text}) = any(select lower(x) from unnest(a.capabilities) x) then 'EXACT'
      when exists (select from unnest(a.capabilities) x where starts_with(lower(x), lower(${text}))) then 'PREFIX'
      when a.search @@ websearch_to_tsquery('english', ${text}) then 'WORDS' end as kind
  ) m`;

const SCORED = (text: string): string => `
  cross join lateral (
    select case m.kind when 'EXACT' then ${POINTS.exact} when 'PREFIX' then ${POINTS.prefix}
        when 'WORDS' then round(${POINTS.words} * ts_rank(a.search, websearch_to_tsquery('english', ${text}), 32)) else 0 end::int as match,
      case v.state when 'AVAILABLE' then ${POINTS.available} else 0 end as state,
      round(${POINTS.load} * (1 - v.load))::int as load,
      case p.ended when 0 then ${POINTS.success / 2} else round(${POINTS.success}::numeric * p.completed / p.ended) end::int as success,
      case when p.ms is null then ${POINTS.speed / 2} else round(${POINTS.speed} / (1 + p.ms / 10000)) end::int as speed
  ) s`;

// The state is computed over all processes, because running executions are rows of the database.
function candidates(
  { visibleOwner, capability, type, text: given, availableOnly }: DiscoveryQuery,
  parameters: SqlParameters,
): string {
  const owner = parameters.add(visibleOwner);
  const wanted = { capability: parameters.add(capability), type: parameters.add(type) };
  const text = parameters.add(given);
  return `(
    select a.id, s.match + s.state + s.load + s.success + s.speed as score, m.kind as matched, s.match as "matchPoints",
      v.state, s.state as "statePoints", v.load, s.load as "loadPoints", p.ended, p.completed, s.success as "successPoints",
      p.ms as "averageMs", s.speed as "speedPoints"
    from agents a ${MATCHED(text)} ${LIVE_STATE} ${LAST_EXECUTIONS} ${SCORED(text)}
    where a.deleted_at is null
      and (${owner}::text is null or a.owner_id = ${owner})
      and (${wanted.capability}::text is null or a.capabilities @> array[${wanted.capability}])
      and (${wanted.type}::text is null or a.type = ${wanted.type})
      and (${text}::text is null or m.kind is not null)
      and (not ${parameters.add(availableOnly)}::boolean or v.state = 'AVAILABLE')
  ) c`;
}

/** Finds agents for a piece of work. */
export class DiscoveryStore {
  readonly list: SqlList<DiscoveredAgent, DiscoveryQuery, 'score'>;

  constructor(pool: Pool) {
    this.list = new SqlList(pool, {
      columns: 'c.*',
      from: candidates,
      where: () => 'true',
      orderColumns: { score: 'c.score' },
      idColumn: 'c.id',
    });
  }
}
