import type { WorkflowApprovalDecisionResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowApprovalDecision: WorkflowApprovalDecisionResolvers = {
  by: ({ userId }) => ({ __typename: 'User', id: userId }),
  at: ({ decidedAt }) => decidedAt,
};
