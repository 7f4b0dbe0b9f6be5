import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const revokeSession: MutationResolvers['revokeSession'] = (_parent, { input }, context) =>
  context.sessionList.revoke(context, input);
