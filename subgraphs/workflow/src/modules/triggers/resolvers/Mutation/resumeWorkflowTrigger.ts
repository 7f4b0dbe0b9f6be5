import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const resumeWorkflowTrigger: MutationResolvers['resumeWorkflowTrigger'] = (
  _root,
  { input },
  { services, viewer },
) => services.triggers.resume(viewer, input.id);
