import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const revokeToken: MutationResolvers['revokeToken'] = (_parent, { input }, context) =>
  context.services.tokens.revoke(context, input);
