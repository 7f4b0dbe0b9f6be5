import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const serviceAccounts: QueryResolvers['serviceAccounts'] = (_parent, args, context) =>
  context.services.serviceAccounts.page(args);
