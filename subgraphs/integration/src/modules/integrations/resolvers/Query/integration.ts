import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const integration: QueryResolvers['integration'] = (_root, { id }, { loaders }) => loaders.integrations.load(id);
