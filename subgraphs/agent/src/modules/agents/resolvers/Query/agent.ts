import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const agent: QueryResolvers['agent'] = (_root, { id }, { loaders }) => loaders.agents.load(id);
