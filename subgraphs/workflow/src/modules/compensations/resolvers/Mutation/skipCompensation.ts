import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const skipCompensation: MutationResolvers['skipCompensation'] = (_root, { input }, { services, viewer }) =>
  services.compensations.skip(viewer, input);
