import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const skipCompensation: MutationResolvers['skipCompensation'] = (_root, { input }, context) =>
  context.services.compensations.skip(context, input);
