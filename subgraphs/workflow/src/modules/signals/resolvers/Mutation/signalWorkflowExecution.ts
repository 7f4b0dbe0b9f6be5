import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const signalWorkflowExecution: MutationResolvers['signalWorkflowExecution'] = (
  _root,
  { input },
  { services, viewer },
) => services.signals.send(viewer, input);
