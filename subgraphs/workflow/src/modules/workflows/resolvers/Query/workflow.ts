import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflow: QueryResolvers['workflow'] = (_root, { id }, { loaders }) => loaders.workflows.load(id);
