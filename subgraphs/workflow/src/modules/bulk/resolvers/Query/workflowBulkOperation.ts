import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowBulkOperation: QueryResolvers['workflowBulkOperation'] = (_root, { id }, { services, viewer }) =>
  services.bulk.find(viewer, id);
