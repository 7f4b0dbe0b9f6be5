import type { WorkflowStepResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowStep: WorkflowStepResolvers = {
  dependencies: ({ dependencies }) => [...dependencies],
  agent: ({ agentId }) => (agentId === null ? null : { __typename: 'Agent', id: agentId }),
};
