import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const retryWorkflowExecution: MutationResolvers['retryWorkflowExecution'] = (
  _root,
  { input: { id, ...input } },
  { services, viewer },
) => services.executions.retry(viewer, id, input);
