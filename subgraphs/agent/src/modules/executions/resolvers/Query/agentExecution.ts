import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const agentExecution: QueryResolvers['agentExecution'] = (_root, { id }, { loaders }) =>
  loaders.executions.load(id);
