import type { WorkflowStepResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowStep: WorkflowStepResolvers = {
  dependencies: ({ dependencies }) => [...dependencies],
  onFailure: ({ onFailure }) => [...onFailure],
  retryPolicy: ({ retryPolicy }) => ({ ...retryPolicy, nonRetryableErrors: [...retryPolicy.nonRetryableErrors] }),
  agent: ({ agentId }) => (agentId === null ? null : { __typename: 'Agent', id: agentId }),
};
