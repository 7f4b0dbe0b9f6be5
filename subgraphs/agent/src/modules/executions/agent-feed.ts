import type { Viewer } from '@flowmesh/platform/access';
import {
  liveStream,
  startOfLog,
  subscribeToLog,
  type EventBus,
  type EventLog,
  type StoredEvent,
} from '@flowmesh/platform/events';
import { visibleOwner } from '../agents/agent-access.ts';
import { EXECUTION_EVENT } from './execution-events.ts';

export type AgentEventType =
  'REGISTERED' | 'UPDATED' | 'DEREGISTERED' | 'EXECUTION_STARTED' | 'EXECUTION_PROGRESSED' | 'EXECUTION_FINISHED';

export interface AgentEventFilter {
  readonly types?: readonly AgentEventType[] | null;
  readonly agentId?: string | null;
}

/** An event of an agent as subscribers get it; the first one is a marker without type. */
export interface AgentFeedEvent {
  readonly cursor: string;
  readonly type: AgentEventType | null;
  readonly agentId: string | null;
  readonly executionId: string | null;
  readonly occurredAt: Date;
}

const SHOWN_AS: Readonly<Record<string, AgentEventType>> = {
  'agent.registered': 'REGISTERED',
  'agent.updated': 'UPDATED',
  'agent.deregistered': 'DEREGISTERED',
  [EXECUTION_EVENT.started]: 'EXECUTION_STARTED',
  [EXECUTION_EVENT.progressed]: 'EXECUTION_PROGRESSED',
  [EXECUTION_EVENT.retrying]: 'EXECUTION_PROGRESSED',
  [EXECUTION_EVENT.executed]: 'EXECUTION_FINISHED',
};

function toFeedEvent({ type, position, payload, occurredAt }: StoredEvent): AgentFeedEvent {
  const { agentId = null, executionId = null } = payload as { agentId?: string; executionId?: string };
  return { cursor: position, type: SHOWN_AS[type] ?? null, agentId, executionId, occurredAt };
}

interface FeedParts {
  readonly log: EventLog;
  readonly bus: EventBus;
}

/** The events of the agents the viewer may see, behind `after` or from now on. */
export async function agentFeed(
  { log, bus }: FeedParts,
  viewer: Viewer,
  filter: AgentEventFilter,
  after: string | null,
  outer: AbortSignal | undefined,
): Promise<AsyncIterableIterator<AgentFeedEvent>> {
  const ownerId = visibleOwner(viewer) ?? undefined;
  const types = Object.entries(SHOWN_AS)
    .filter(([, shown]) => !filter.types || filter.types.includes(shown))
    .map(([type]) => type);
  const start = await startOfLog(log, after);
  return liveStream(outer, async function* (signal) {
    yield { cursor: start, type: null, agentId: null, executionId: null, occurredAt: new Date() };
    for await (const event of subscribeToLog({ log, bus, after: start, types, ownerId, signal })) {
      const shown = toFeedEvent(event);
      if (!filter.agentId || filter.agentId === shown.agentId) yield shown;
    }
  });
}
