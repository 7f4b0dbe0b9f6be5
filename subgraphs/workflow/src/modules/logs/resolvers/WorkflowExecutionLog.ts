import type { WorkflowExecutionLogResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowExecutionLog: WorkflowExecutionLogResolvers = {
  agentExecution: ({ agentExecutionId: id }) => (id === null ? null : { __typename: 'AgentExecution', id }),
};
