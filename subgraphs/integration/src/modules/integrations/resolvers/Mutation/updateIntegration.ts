import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateIntegration: MutationResolvers['updateIntegration'] = (_root, { input }, { services, viewer }) =>
  services.integrations.update(viewer, input);
