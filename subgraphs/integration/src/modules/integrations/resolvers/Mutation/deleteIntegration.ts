import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteIntegration: MutationResolvers['deleteIntegration'] = (_root, { input }, { services, viewer }) =>
  services.integrations.delete(viewer, input);
