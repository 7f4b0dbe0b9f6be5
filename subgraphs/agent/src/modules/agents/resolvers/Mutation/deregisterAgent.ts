import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deregisterAgent: MutationResolvers['deregisterAgent'] = (_root, { input }, { services, viewer }) =>
  services.agents.deregister(viewer, input);
