import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const registerAgent: MutationResolvers['registerAgent'] = (_root, { input }, { services, viewer }) =>
  services.agents.register(viewer, input);
