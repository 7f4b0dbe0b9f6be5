import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const cleanupContexts: MutationResolvers['cleanupContexts'] = (_root, { input }, { services, viewer }) =>
  services.upkeep.cleanUp(viewer, input.dryRun);
