import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import type { AgentKind, AgentStatus } from './agent-record.ts';

/** Which agents a list shows; what is left out does not matter. */
export interface AgentFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  readonly type?: string | null;
  readonly kind?: AgentKind | null;
  readonly status?: AgentStatus | null;
  /** All of these. */
  readonly capabilities?: readonly string[] | null;
  /** All of these. */
  readonly tags?: readonly string[] | null;
  readonly ownerId?: string | null;
}

/** What a list shows. */
export interface AgentQuery {
  readonly filter: AgentFilter;
  /** Null for everybody's agents. */
  readonly visibleOwner: string | null;
}

export const AGENTS = listOf({
  name: 'agents',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    UPDATED_AT: { field: 'updatedAt', type: 'date' },
    NAME: { field: 'name', type: 'string' },
  },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

/** The best first; each page shows the state at its moment. */
export const DISCOVERED_AGENTS = listOf({
  name: 'discoverAgents',
  orders: { SCORE: { field: 'score', type: 'integer' } },
  orderBy: { field: 'SCORE', direction: 'DESC' },
});

export type AgentListArguments = ListArguments<'CREATED_AT' | 'UPDATED_AT' | 'NAME', AgentFilter>;
