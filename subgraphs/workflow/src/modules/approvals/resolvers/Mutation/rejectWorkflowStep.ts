import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const rejectWorkflowStep: MutationResolvers['rejectWorkflowStep'] = (_root, { input }, context) =>
  context.services.approvals.decide(context, 'REJECT', input);
