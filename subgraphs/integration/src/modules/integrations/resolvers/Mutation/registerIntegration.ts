import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const registerIntegration: MutationResolvers['registerIntegration'] = (_root, { input }, { services, viewer }) =>
  services.integrations.register(viewer, input);
