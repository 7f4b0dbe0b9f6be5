import { mayTouch, type Viewer } from '@flowmesh/platform/access';
import { invalidInput, notFound, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { AgentStore } from './agent-store.ts';
import type { AvailabilityStore } from './availability-store.ts';

const TTL = 'must be 1 to 3,600';
const LOAD = 'must be 0 to 1';

const shape = z.object({
  ttlSeconds: z.int(TTL).min(1, TTL).max(3_600, TTL).default(60),
  load: z.number().min(0, LOAD).max(1, LOAD).nullish(),
});

export interface AgentHeartbeatInput extends z.input<typeof shape> {
  readonly agentId: string;
}

const NO_AGENT = 'There is no such agent, or you may not change it.';
const NO_HEARTBEATS = 'is checked by the product: register it with `health: HEARTBEAT`';

/** Agents that tell themselves that they are there. */
export class Heartbeats {
  constructor(
    private readonly agents: AgentStore,
    private readonly availability: AvailabilityStore,
  ) {}

  async beat(viewer: Viewer, { agentId, ...given }: AgentHeartbeatInput) {
    const parsed = parseInput(shape, given);
    if (!parsed.ok) return parsed.error;
    const agent = await this.agents.find(agentId);
    if (!agent || !mayTouch(viewer, agent.ownerId, 'agent:write-any')) return notFound(NO_AGENT);
    const { ttlSeconds, load = null } = parsed.data;
    const known = await this.availability.beat({ agentId, ttlSeconds, load });
    if (!known) return invalidInput([{ path: 'agentId', message: NO_HEARTBEATS }]);
    return { __typename: 'AgentHeartbeatSuccess' as const, agent };
  }
}
