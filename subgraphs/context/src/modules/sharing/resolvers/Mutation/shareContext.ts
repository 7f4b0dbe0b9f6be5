import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const shareContext: MutationResolvers['shareContext'] = (_root, { input }, { services, viewer }) =>
  services.shares.share(viewer, input);
