import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const rejectWorkflowStep: MutationResolvers['rejectWorkflowStep'] = (_root, { input }, { services, viewer }) =>
  services.approvals.decide(viewer, 'REJECT', input);
