import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const serviceAccount: QueryResolvers['serviceAccount'] = (_parent, { id }, { loaders }) =>
  loaders.serviceAccount.load(id);
