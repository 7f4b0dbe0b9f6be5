import type { WorkflowExecutionLogResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowExecutionLog: WorkflowExecutionLogResolvers = {
  execution: ({ executionId }, _args, { loaders }) => loaders.executions.load(executionId),
  agentExecution: ({ agentExecutionId: id }) => (id === null ? null : { __typename: 'AgentExecution', id }),
};
