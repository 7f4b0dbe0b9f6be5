import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const agentExecutions: QueryResolvers['agentExecutions'] = (_root, args, { services, viewer }) =>
  services.executions.list(viewer, args);
