import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const retryCompensation: MutationResolvers['retryCompensation'] = (_root, { input }, { services, viewer }) =>
  services.compensations.retry(viewer, input);
