import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const requestPasswordReset: MutationResolvers['requestPasswordReset'] = (_parent, { input }, context) =>
  context.services.accounts.requestPasswordReset(context, input);
