import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const cancelWorkflowExecution: MutationResolvers['cancelWorkflowExecution'] = (
  _root,
  { input: { id, reason } },
  { services, viewer },
) => services.executions.cancel(viewer, id, reason);
