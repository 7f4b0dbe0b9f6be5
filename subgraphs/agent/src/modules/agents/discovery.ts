import { hasScope, signedIn, type Viewer } from '@flowmesh/platform/access';
import type { Connection, Edge, PageArguments } from '@flowmesh/platform/connections';
import { line, parseArgument, tidyName } from '@flowmesh/platform/validation';
import { visibleOwner } from './agent-access.ts';
import { DISCOVERED_AGENTS } from './agent-query.ts';
import type { AgentRecord } from './agent-record.ts';
import type { AgentStore } from './agent-store.ts';
import type { DiscoveredAgent, DiscoveryStore, WantedAgents } from './discovery-store.ts';

export type MatchReasonCode =
  'CAPABILITY' | 'CAPABILITY_PREFIX' | 'WORDS' | 'AVAILABILITY' | 'LOAD' | 'SUCCESS_RATE' | 'SPEED';

export interface MatchReason {
  readonly code: MatchReasonCode;
  readonly points: number;
  readonly message: string;
}

/** An agent that was found, and why it stands where it does. */
export interface AgentMatch extends Edge<AgentRecord> {
  readonly score: number;
  readonly reasons: MatchReason[];
}

export interface AgentMatches extends Connection<AgentRecord> {
  readonly edges: AgentMatch[];
}

const textShape = line({ min: 1, max: 200 }).nullish();

const MATCHED = {
  EXACT: { code: 'CAPABILITY', message: 'It has the capability.' },
  PREFIX: { code: 'CAPABILITY_PREFIX', message: 'One of its capabilities begins so.' },
  WORDS: { code: 'WORDS', message: 'Its name, capabilities, tags, type or description have the words.' },
} as const;

const percent = (part: number): string => `${Math.round(part * 100)} %`;

function reasonsOf(found: DiscoveredAgent): MatchReason[] {
  const { matched, state, load, ended, completed, averageMs } = found;
  const succeeded = ended === 0 ? 'It has not worked yet.' : `${completed} of its last ${ended} executions succeeded.`;
  const speed =
    averageMs === null
      ? 'It has not worked yet.'
      : `Its last executions took ${Math.round(averageMs)} ms on the average.`;
  return [
    ...(matched ? [{ ...MATCHED[matched], points: found.matchPoints }] : []),
    { code: 'AVAILABILITY', points: found.statePoints, message: `It is ${state}.` },
    { code: 'LOAD', points: found.loadPoints, message: `${percent(load)} of it is in use.` },
    { code: 'SUCCESS_RATE', points: found.successPoints, message: succeeded },
    { code: 'SPEED', points: found.speedPoints, message: speed },
  ];
}

/** Whose agents the viewer may see and give work to: null for everybody's. */
const executableOwner = (viewer: Viewer): string | null =>
  hasScope(viewer, 'agent:execute-any') ? visibleOwner(viewer) : signedIn(viewer).userId;

/** Finds the agents for a piece of work, the best first. */
export class Discovery {
  constructor(
    private readonly agents: AgentStore,
    private readonly store: DiscoveryStore,
  ) {}

  async discover(viewer: Viewer, wanted: WantedAgents, args: PageArguments): Promise<AgentMatches> {
    const query = {
      ...wanted,
      capability: wanted.capability && tidyName(wanted.capability),
      type: wanted.type && tidyName(wanted.type),
      text: parseArgument('text', textShape, wanted.text) ?? null,
      visibleOwner: executableOwner(viewer),
    };
    const found = await DISCOVERED_AGENTS.page(args, query, this.store.list);
    const records = await this.agents.findMany(found.nodes.map(({ id }) => id));
    const byId = new Map(records.map((agent) => [agent.id, agent]));
    const edges = found.edges.flatMap(({ cursor, node: place }): AgentMatch[] => {
      const node = byId.get(place.id);
      return node ? [{ cursor, node, score: place.score, reasons: reasonsOf(place) }] : [];
    });
    return { ...found, edges, nodes: edges.map(({ node }) => node) };
  }
}
