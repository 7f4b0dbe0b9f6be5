import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const patchContextLayer: MutationResolvers['patchContextLayer'] = (_root, { input }, { services, viewer }) =>
  services.layers.patch(viewer, input);
