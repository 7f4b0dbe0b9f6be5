import type { AgentResolvers } from '../../../__generated__/graphql.ts';
import { shownConfiguration } from '../configurations/shown-configuration.ts';

export const Agent: AgentResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.agents.load(id),
  capabilities: ({ capabilities }) => [...capabilities],
  tags: ({ tags }) => [...tags],
  configuration: shownConfiguration,
  health: (agent) => ({
    state: agent.healthCheckedAt === null ? 'UNKNOWN' : agent.healthFailures === 0 ? 'HEALTHY' : 'UNHEALTHY',
    lastCheckedAt: agent.healthCheckedAt,
    lastSuccessAt: agent.healthSucceededAt,
    consecutiveFailures: agent.healthFailures,
    latencyMs: agent.healthLatencyMs,
    lastError: agent.healthError,
  }),
  circuitBreaker: ({ id, kind }, _args, { loaders }) => (kind === 'BUILTIN' ? null : loaders.circuits.load(id)),
  available: async ({ id, status, concurrencyLimit }, _args, { loaders }) =>
    status === 'ACTIVE' && (await loaders.runningExecutions.load(id)) < concurrencyLimit,
  runningExecutions: ({ id }, _args, { loaders }) => loaders.runningExecutions.load(id),
  mcpTools: ({ id }, args, { loaders }) => loaders.mcpToolsOfAgent(args).load(id),
  executions: ({ id }, args, { loaders }) => loaders.executionsOfAgent(args).load(id),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
};
