import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const setWorkflowLimits: MutationResolvers['setWorkflowLimits'] = (_root, { input }, { services, viewer }) =>
  services.limits.set(viewer, input);
