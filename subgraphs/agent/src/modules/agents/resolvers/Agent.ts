import type { AgentResolvers } from '../../../__generated__/graphql.ts';
import { shownConfiguration } from '../configurations/shown-configuration.ts';

export const Agent: AgentResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.agents.load(id),
  capabilities: ({ capabilities }) => [...capabilities],
  tags: ({ tags }) => [...tags],
  configuration: shownConfiguration,
  healthMode: ({ heartbeat }) => (heartbeat ? 'HEARTBEAT' : 'CHECK'),
  health: (agent) => ({
    state: agent.healthCheckedAt === null ? 'UNKNOWN' : agent.healthFailures === 0 ? 'HEALTHY' : 'UNHEALTHY',
    lastCheckedAt: agent.healthCheckedAt,
    lastSuccessAt: agent.healthSucceededAt,
    consecutiveFailures: agent.healthFailures,
    latencyMs: agent.healthLatencyMs,
    lastError: agent.healthError,
  }),
  circuitBreaker: ({ id, kind }, _args, { loaders }) => (kind === 'BUILTIN' ? null : loaders.circuits.load(id)),
  availability: ({ id }, _args, { loaders }) => loaders.availability.load(id),
  available: async ({ id }, _args, { loaders }) => (await loaders.availability.load(id))?.state === 'AVAILABLE',
  runningExecutions: async ({ id }, _args, { loaders }) => (await loaders.availability.load(id))?.running ?? 0,
  mcpTools: ({ id }, args, { loaders }) => loaders.mcpToolsOfAgent(args).load(id),
  executions: ({ id }, args, { loaders }) => loaders.executionsOfAgent(args).load(id),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
};
