import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const bulkRetryWorkflowExecutions: MutationResolvers['bulkRetryWorkflowExecutions'] = (
  _root,
  { input },
  { services, viewer },
) => services.bulk.begin(viewer, 'RETRY', input);
