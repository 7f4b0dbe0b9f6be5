import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const register: MutationResolvers['register'] = (_parent, { input }, context) =>
  context.services.accounts.register(context, input);
