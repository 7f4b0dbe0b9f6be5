import type { NewEvent } from '@flowmesh/platform/events';
import { integrationUseChanged, type IntegrationUse } from '@flowmesh/platform/integration-use';
import type { LlmSettings } from '../executions/kinds/llm/llm-settings.ts';
import type { AgentRecord } from './agent-record.ts';

/** The integrations whose operations are tools of the agent. */
function usesOf({ kind, configuration }: AgentRecord): IntegrationUse[] {
  const { integrationTools = [] } = kind === 'LLM' ? (configuration as unknown as LlmSettings) : {};
  return integrationTools.map(({ integrationId, operations }) => ({
    integrationId,
    // The model is told that it cannot be called, and goes on; without the tool, the agent cannot begin.
    hasFallback: true,
    operations: [...operations],
    dispensable: [],
  }));
}

const used = ({ id, name, ownerId, version }: AgentRecord, uses: IntegrationUse[]) =>
  integrationUseChanged({ kind: 'AGENT', id, name, ownerId, version, uses });

/** What the integration domain is told of a new agent, in the transaction that stores it. */
export function useBegun(agent: AgentRecord): NewEvent[] {
  const uses = usesOf(agent);
  return uses.length > 0 ? [used(agent, uses)] : [];
}

/** Of a changed one: also that it uses none any more. */
export const useChanged = (agent: AgentRecord): NewEvent[] =>
  'integrationTools' in agent.configuration ? [used(agent, usesOf(agent))] : [];

/** Of one that is removed. */
export const useEnded = (agent: AgentRecord): NewEvent[] =>
  usesOf(agent).length > 0 ? [used({ ...agent, version: agent.version + 1 }, [])] : [];
