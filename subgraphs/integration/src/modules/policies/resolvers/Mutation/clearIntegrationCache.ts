import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const clearIntegrationCache: MutationResolvers['clearIntegrationCache'] = (_root, { input }, context) =>
  context.services.policies.clearCache(context.viewer, input);
