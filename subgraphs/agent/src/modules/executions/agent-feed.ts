import { streamUpdates, updatesOfLog, type LiveCaller, type Message } from '@flowmesh/platform/events';
import { visibleOwner } from '../agents/agent-access.ts';
import { EXECUTION_EVENT } from './execution-events.ts';

export type AgentEventType =
  'REGISTERED' | 'UPDATED' | 'DEREGISTERED' | 'EXECUTION_STARTED' | 'EXECUTION_PROGRESSED' | 'EXECUTION_FINISHED';

export interface AgentEventFilter {
  readonly types?: readonly AgentEventType[] | null;
  readonly agentId?: string | null;
}

/** An event of an agent as subscribers get it; the first one is a marker without type. */
export type AgentFeedEvent = Message<{
  readonly type: AgentEventType | null;
  readonly agentId: string | null;
  readonly executionId: string | null;
}>;

const SHOWN_AS: Readonly<Record<string, AgentEventType>> = {
  'agent.registered': 'REGISTERED',
  'agent.updated': 'UPDATED',
  'agent.deregistered': 'DEREGISTERED',
  [EXECUTION_EVENT.started]: 'EXECUTION_STARTED',
  [EXECUTION_EVENT.progressed]: 'EXECUTION_PROGRESSED',
  [EXECUTION_EVENT.retrying]: 'EXECUTION_PROGRESSED',
  [EXECUTION_EVENT.executed]: 'EXECUTION_FINISHED',
};

/** The events of the agents the viewer may see. */
export function agentFeed(
  caller: LiveCaller,
  filter: AgentEventFilter | null | undefined,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<AgentFeedEvent>> {
  const updates = updatesOfLog({
    shownAs: SHOWN_AS,
    types: filter?.types,
    ownerId: visibleOwner(caller.viewer),
    marker: { agentId: null, executionId: null },
    show({ payload }) {
      const { agentId = null, executionId = null } = payload as { agentId?: string; executionId?: string };
      return !filter?.agentId || filter.agentId === agentId ? { agentId, executionId } : null;
    },
  });
  return streamUpdates(caller, after, updates);
}
