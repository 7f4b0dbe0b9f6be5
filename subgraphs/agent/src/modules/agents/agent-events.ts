import type { NewEvent } from '@flowmesh/platform/events';
import type { AgentRecord } from './agent-record.ts';

/** Payload, version 1, of `agent.registered`, `agent.updated` and `agent.deregistered`. */
export interface AgentChangedPayload {
  /** Of `agent`. */
  readonly agentId: string;
  readonly name: string;
  /** What it is for, in words of its owner. */
  readonly type: string;
  /** An `AgentKind`. */
  readonly kind: string;
  /** An `AgentStatus`. */
  readonly status: string;
  /** Counts its changes. */
  readonly version: number;
}

type Told = Pick<AgentRecord, 'id' | 'ownerId' | 'name' | 'type' | 'status' | 'version'> & { readonly kind: string };

function agentEvent(type: string, agent: Told): NewEvent<AgentChangedPayload> {
  const { id: agentId, ownerId, name, kind, status, version } = agent;
  return {
    type,
    version: 1,
    stream: `agent:${agentId}`,
    ownerId,
    payload: { agentId, name, type: agent.type, kind, status, version },
  };
}

export const agentRegistered = (agent: Told) => agentEvent('agent.registered', agent);
/** Also when a health check changed the status; `version` stays then. */
export const agentUpdated = (agent: Told) => agentEvent('agent.updated', agent);
export const agentDeregistered = (agent: Told) => agentEvent('agent.deregistered', agent);
