import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteServiceAccount: MutationResolvers['deleteServiceAccount'] = (_parent, { input }, context) =>
  context.services.serviceAccounts.delete(context, input);
