import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const removeContextLayer: MutationResolvers['removeContextLayer'] = (_root, { input }, { services, viewer }) =>
  services.layers.remove(viewer, input);
