import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateContextLayer: MutationResolvers['updateContextLayer'] = (_root, { input }, { services, viewer }) =>
  services.layers.update(viewer, input);
