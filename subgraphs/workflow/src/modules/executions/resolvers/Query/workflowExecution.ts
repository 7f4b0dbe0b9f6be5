import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowExecution: QueryResolvers['workflowExecution'] = (_root, { id }, { loaders }) =>
  loaders.executions.load(id);
