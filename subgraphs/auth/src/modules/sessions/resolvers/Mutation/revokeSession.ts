import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const revokeSession: MutationResolvers['revokeSession'] = (_parent, { input }, context) =>
  context.services.sessionList.revoke(context, input);
