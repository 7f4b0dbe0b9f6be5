import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const bulkCancelWorkflowExecutions: MutationResolvers['bulkCancelWorkflowExecutions'] = (
  _root,
  { input },
  { services, viewer },
) => services.bulk.begin(viewer, 'CANCEL', input);
