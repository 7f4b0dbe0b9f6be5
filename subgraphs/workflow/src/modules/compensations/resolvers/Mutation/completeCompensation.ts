import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const completeCompensation: MutationResolvers['completeCompensation'] = (_root, { input }, context) =>
  context.services.compensations.complete(context, input);
