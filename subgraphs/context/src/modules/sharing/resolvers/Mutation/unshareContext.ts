import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const unshareContext: MutationResolvers['unshareContext'] = (_root, { input }, { services, viewer }) =>
  services.shares.unshare(viewer, input);
