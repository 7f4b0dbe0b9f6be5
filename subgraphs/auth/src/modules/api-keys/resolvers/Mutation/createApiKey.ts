import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createApiKey: MutationResolvers['createApiKey'] = (_parent, { input }, context) =>
  context.services.apiKeys.create(context, input);
