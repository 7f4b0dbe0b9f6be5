import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const apiKey: QueryResolvers['apiKey'] = (_parent, { id }, { loaders }) => loaders.apiKey.load(id);
