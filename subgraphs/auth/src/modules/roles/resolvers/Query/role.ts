import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const role: QueryResolvers['role'] = (_parent, { id }, { loaders }) => loaders.role.load(id);
