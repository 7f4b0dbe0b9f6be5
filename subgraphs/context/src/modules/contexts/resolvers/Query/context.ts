import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const context: QueryResolvers['context'] = (_root, { id }, { loaders }) => loaders.contexts.load(id);
