import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const approveWorkflowStep: MutationResolvers['approveWorkflowStep'] = (_root, { input }, context) =>
  context.services.approvals.decide(context, 'APPROVE', input);
