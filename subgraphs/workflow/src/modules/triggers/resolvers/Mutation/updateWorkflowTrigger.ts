import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateWorkflowTrigger: MutationResolvers['updateWorkflowTrigger'] = (_root, { input }, context) =>
  context.services.triggers.update(context, input);
