import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const testIntegration: MutationResolvers['testIntegration'] = (_root, { input }, { services, viewer }) =>
  services.health.test(viewer, input);
