import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const addContextLayer: MutationResolvers['addContextLayer'] = (_root, { input }, { services, viewer }) =>
  services.layers.add(viewer, input);
