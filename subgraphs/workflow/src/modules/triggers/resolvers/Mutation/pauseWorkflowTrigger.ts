import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const pauseWorkflowTrigger: MutationResolvers['pauseWorkflowTrigger'] = (
  _root,
  { input },
  { services, viewer },
) => services.triggers.pause(viewer, input.id);
