import type { WorkflowCompensationDecisionResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowCompensationDecision: WorkflowCompensationDecisionResolvers = {
  decidedBy: ({ userId }) => ({ __typename: 'User', id: userId }),
};
