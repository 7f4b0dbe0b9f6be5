import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resetPassword: MutationResolvers['resetPassword'] = (_parent, { input }, context) =>
  context.services.passwords.reset(context, input);
