import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const apiKeys: QueryResolvers['apiKeys'] = (_parent, args, context) =>
  context.services.apiKeys.page(context.viewer, args);
