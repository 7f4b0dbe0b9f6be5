import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowTrigger: QueryResolvers['workflowTrigger'] = (_root, { id }, { loaders }) =>
  loaders.triggers.load(id);
