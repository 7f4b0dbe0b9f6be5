import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowExecutions: QueryResolvers['workflowExecutions'] = (_root, args, { services, viewer }) =>
  services.executions.list(viewer, args);
