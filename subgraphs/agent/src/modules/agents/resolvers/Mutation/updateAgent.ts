import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateAgent: MutationResolvers['updateAgent'] = (_root, { input }, { services, viewer }) =>
  services.agents.update(viewer, input);
