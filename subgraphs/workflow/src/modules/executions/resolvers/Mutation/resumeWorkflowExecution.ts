import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resumeWorkflowExecution: MutationResolvers['resumeWorkflowExecution'] = (
  _root,
  { input: { id } },
  { services, viewer },
) => services.executions.resume(viewer, id);
