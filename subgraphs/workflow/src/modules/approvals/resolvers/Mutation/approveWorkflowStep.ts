import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const approveWorkflowStep: MutationResolvers['approveWorkflowStep'] = (_root, { input }, { services, viewer }) =>
  services.approvals.decide(viewer, 'APPROVE', input);
