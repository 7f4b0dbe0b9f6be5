import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const pauseWorkflowExecution: MutationResolvers['pauseWorkflowExecution'] = (
  _root,
  { input: { id } },
  { services, viewer },
) => services.executions.pause(viewer, id);
