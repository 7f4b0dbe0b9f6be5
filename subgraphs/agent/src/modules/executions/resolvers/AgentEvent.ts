import type { AgentEventResolvers } from '../../../__generated__/graphql.ts';

export const AgentEvent: AgentEventResolvers = {
  agent: ({ agentId }, _args, { loaders }) => (agentId === null ? null : loaders.agents.load(agentId)),
  execution: ({ executionId }, _args, { loaders }) =>
    executionId === null ? null : loaders.executions.load(executionId),
};
