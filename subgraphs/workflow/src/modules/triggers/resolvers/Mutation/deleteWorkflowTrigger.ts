import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteWorkflowTrigger: MutationResolvers['deleteWorkflowTrigger'] = (
  _root,
  { input },
  { services, viewer },
) => services.triggers.remove(viewer, input.id);
