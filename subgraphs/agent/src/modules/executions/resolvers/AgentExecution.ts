import type { AgentExecutionResolvers } from '../../../__generated__/graphql.ts';

export const AgentExecution: AgentExecutionResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.executions.load(id),
  agent: ({ agentId }, _args, { loaders }) => loaders.agents.load(agentId),
  calls: ({ id }, args, { loaders }) => loaders.callsOfExecution(args).load(id),
  pushes: ({ id }, _args, { loaders }) => loaders.pushesOfExecution.load(id),
  startedBy: ({ startedById }) => ({ __typename: 'User', id: startedById }),
  contextRead: ({ contextId, contextVersion, contextRead }) =>
    !contextRead || contextId === null || contextVersion === null
      ? null
      : { __typename: 'ContextVersion', contextId, version: contextVersion },
  durationMs: ({ startedAt, completedAt }) =>
    startedAt && completedAt ? completedAt.getTime() - startedAt.getTime() : null,
};
