import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const verifyEmail: MutationResolvers['verifyEmail'] = (_parent, { input }, context) =>
  context.services.accounts.verifyEmail(context, input.token);
