import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const logoutEverywhere: MutationResolvers['logoutEverywhere'] = (_parent, { input }, context) =>
  context.services.sessionList.logoutEverywhere(context, input);
