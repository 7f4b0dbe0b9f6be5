import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const mergeContextLayer: MutationResolvers['mergeContextLayer'] = (_root, { input }, { services, viewer }) =>
  services.merges.merge(viewer, input);
