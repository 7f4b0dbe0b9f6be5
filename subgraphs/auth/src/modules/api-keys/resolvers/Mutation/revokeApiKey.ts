import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const revokeApiKey: MutationResolvers['revokeApiKey'] = (_parent, { input }, context) =>
  context.services.apiKeys.revoke(context, input);
