import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const runWorkflowTrigger: MutationResolvers['runWorkflowTrigger'] = (_root, { input }, { services, viewer }) =>
  services.triggers.run(viewer, input);
