import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const retryCompensation: MutationResolvers['retryCompensation'] = (_root, { input }, context) =>
  context.services.compensations.retry(context, input);
