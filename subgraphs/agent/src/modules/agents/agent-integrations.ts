import type { NewEvent } from '@flowmesh/platform/events';
import { integrationUseChanged } from '@flowmesh/platform/integration-use';
import type { LlmSettings } from '../executions/kinds/llm/llm-settings.ts';
import type { AgentRecord } from './agent-record.ts';

/** The integrations whose operations are tools of the agent. */
function integrationsOf({ kind, configuration }: AgentRecord): string[] {
  const { integrationTools = [] } = kind === 'LLM' ? (configuration as unknown as LlmSettings) : {};
  return [...new Set(integrationTools.map(({ integrationId }) => integrationId))];
}

const used = ({ id, name, ownerId, version }: AgentRecord, integrationIds: readonly string[]) =>
  integrationUseChanged({
    kind: 'AGENT',
    id,
    name,
    ownerId,
    version,
    uses: integrationIds.map((integrationId) => ({ integrationId, hasFallback: false })),
  });

/** What the integration domain is told of a new agent, in the transaction that stores it. */
export function useBegun(agent: AgentRecord): NewEvent[] {
  const integrationIds = integrationsOf(agent);
  return integrationIds.length > 0 ? [used(agent, integrationIds)] : [];
}

/** Of a changed one: also that it uses none any more. */
export const useChanged = (agent: AgentRecord): NewEvent[] =>
  'integrationTools' in agent.configuration ? [used(agent, integrationsOf(agent))] : [];

/** Of one that is removed. */
export const useEnded = (agent: AgentRecord): NewEvent[] =>
  integrationsOf(agent).length > 0 ? [used({ ...agent, version: agent.version + 1 }, [])] : [];
